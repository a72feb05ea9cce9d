#include "collector/app/drain.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "collector/domain/points.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

constexpr std::size_t slice_points = 5000;
constexpr std::int64_t patience_ms = 60'000;  // a run drains for half of that at most

Status drain_slices(const Spools& spools, const Sink& sink, BucketStore& store,
                    const std::function<bool()>& stop, Drained& result) {
  WX_LET(const auto versions, spools.waiting.versions(sink));
  while (!stop()) {
    WX_LET(auto slice, spools.waiting.next(sink, slice_points));
    if (slice.points.empty()) return {};
    // What came meanwhile is newer than `versions`, and complete in the slice that it is in.
    if (slice.end <= versions.end) slice.points = replaced(std::move(slice.points), versions.latest);
    WX_LET(auto due, not_set_aside(spools.rejected, sink, std::move(slice.points)));
    auto sifted = write_sifted(store, sink.bucket, std::move(due), stop);
    WX_TRY(set_aside(spools.rejected, sink, sifted.refused));
    std::move(sifted.refused.begin(), sifted.refused.end(), std::back_inserter(result.refused));
    if (sifted.error) return *std::move(sifted.error);
    if (!sifted.left.empty()) return {};
    WX_TRY(spools.waiting.done(sink, slice.end));
    result.points += sifted.written;
  }
  return {};
}

FlushedSink flush_sink(const Spools& spools, const Sink& sink, const OpenStore& open_store,
                       const std::function<bool()>& interrupted) {
  FlushedSink result{sink, 0, 0, {}, {}};
  auto store = open_store(sink);
  if (!store) {
    result.error = std::move(store).error();
    return result;
  }
  auto drained = drain(spools, sink, **store, interrupted);
  result.drained = drained.points;
  result.refused = std::move(drained.refused);
  result.error = std::move(drained.error);
  return result;
}

std::vector<Sink> sinks_of(const std::vector<Waiting>& waiting) {
  std::vector<Sink> sinks;
  for (const auto& entry : waiting)
    if (std::find(sinks.begin(), sinks.end(), entry.sink) == sinks.end()) sinks.push_back(entry.sink);
  return sinks;
}

// What was refused waits again, but for what waits or is in the bucket meanwhile: that is newer. Under the
// lock of a drain: who else drained now would not set aside what is there still.
Status requeue_rejected(const Spools& spools, const Sink& sink, const OpenStore& open_store) {
  WX_LET(const auto store, open_store(sink));
  while (true) {
    WX_LET(auto slice, spools.rejected.next(sink, slice_points));
    if (slice.points.empty()) return {};
    WX_LET(const auto stored, stored_window(*store, sink.bucket, slice.points));
    WX_LET(const auto waiting, spools.waiting.held(sink, slice.points));
    auto lacking = beyond(beyond(std::move(slice.points), stored), waiting);
    WX_TRY(spools.waiting.keep(sink, std::move(lacking)));
    WX_TRY(spools.rejected.done(sink, slice.end));
  }
}

Result<std::vector<FlushedSink>> requeue_rejected(const Spools& spools, const OpenStore& open_store) {
  std::vector<FlushedSink> unreached;
  WX_LET(const auto rejected, spools.rejected.waiting());
  for (const auto& sink : sinks_of(rejected))
    if (auto requeued = requeue_rejected(spools, sink, open_store); !requeued)
      unreached.push_back({sink, 0, 0, {}, std::move(requeued).error()});
  return unreached;
}

// The first sink that could not be emptied stands for all.
std::optional<Failure> judge(const Flush& flush, std::uint64_t left, bool interrupted) {
  if (interrupted)
    return Failure{
        Stage::spooled,
        Error{Code::interrupted, "interrupted by a signal; " + plural(left, "point") + " wait in the spool"}};
  for (const auto& entry : flush.sinks) {
    if (!entry.error) continue;
    auto error = *entry.error;
    return Failure{Stage::spooled,
                   std::move(error).with_context(left == 0 ? "what " + told(entry.sink) +
                                                                 " refused cannot be tried again now"
                                                           : plural(left, "point") + " wait in the spool, " +
                                                                 told(entry.sink) + " does not take them")};
  }
  if (left > 0)
    return Failure{
        Stage::spooled,
        Error{Code::unavailable, plural(left, "point") + " came into the spool meanwhile", "run it again"}};
  for (const auto& entry : flush.sinks)
    if (auto failure = judge_refused(entry.sink, entry.refused)) return failure;
  if (flush.losses.damaged > 0)
    return Failure{Stage::store, Error{Code::failed,
                                       plural(flush.losses.damaged, "record") +
                                           " of the spool cannot be read: the disk has damaged what it held",
                                       "look at the file `damaged` beside it; the rest is in its bucket"}};
  return std::nullopt;
}

}  // namespace

Drained drain(const Spools& spools, const Sink& sink, BucketStore& store, const std::function<bool()>& stop) {
  Drained result;
  if (auto drained = drain_slices(spools, sink, store, stop, result); !drained)
    result.error = std::move(drained).error();
  return result;
}

Flush flush(const Spools& spools, const OpenStore& open_store, const std::function<bool()>& interrupted,
            bool rejected_too) {
  Flush result;
  const auto failed = [&](Error error) {
    result.failure = Failure{Stage::spooled, std::move(error).with_context("cannot empty the spool")};
    return result;
  };
  auto& [waiting, rejected] = spools;
  const auto lock = waiting.lock_drain(patience_ms);
  if (!lock) return failed(lock.error());
  if (rejected_too) {
    auto unreached = requeue_rejected(spools, open_store);
    if (!unreached) return failed(std::move(unreached).error());
    result.sinks = std::move(unreached).value();
  }
  const auto before = waiting.waiting();
  if (!before) return failed(before.error());
  for (const auto& sink : sinks_of(*before)) {
    if (interrupted()) break;
    result.sinks.push_back(flush_sink(spools, sink, open_store, interrupted));
  }
  if (auto tidied = waiting.tidy(); !tidied) return failed(std::move(tidied).error());
  const auto after = waiting.waiting();
  if (!after) return failed(after.error());
  std::uint64_t left = 0;
  for (const auto& still : *after) {
    left += still.span.points;
    for (auto& entry : result.sinks)
      if (entry.sink == still.sink) {
        entry.left += still.span.points;
        break;
      }
  }
  result.losses = waiting.losses();
  result.failure = judge(result, left, interrupted());
  return result;
}

std::optional<Failure> judge_refused(const Sink& sink, const std::vector<Refused>& refused) {
  std::uint64_t points = 0;
  const Refused* first = nullptr;
  for (const auto& entry : refused) {
    // A bucket that keeps less than a run fetches refuses the oldest every time, which is as it should be.
    if (entry.reason.find("retention policy") != std::string::npos) continue;
    points += entry.points.size();
    if (first == nullptr) first = &entry;
  }
  if (first == nullptr) return std::nullopt;
  return Failure{Stage::store,
                 Error{Code::refused,
                       plural(points, "point") + " that " + told(sink) +
                           " refuses for good are set aside: " + first->reason,
                       "see `weather-collector spool list --rejected`; when the store would take them, "
                       "`weather-collector spool drain --rejected`"}};
}

}  // namespace wx::collector
