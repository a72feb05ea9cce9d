#include "collector/app/drain.hpp"

#include <utility>

#include "collector/domain/points.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

constexpr std::size_t slice_points = 5000;
constexpr std::int64_t patience_ms = 60'000;  // a run drains for half of that at most

Status drain_slices(Spool& spool, const Sink& sink, BucketStore& store, const std::vector<Point>& live,
                    const std::function<bool()>& stop, std::uint64_t& drained) {
  while (!stop()) {
    WX_LET(auto slice, spool.next(sink, slice_points));
    const auto count = slice.points.size();
    if (count == 0) return {};
    const auto due = beyond(std::move(slice.points), live);
    if (!due.empty()) WX_TRY(store.write(sink.bucket, due));
    WX_TRY(spool.done(sink, slice.end));
    drained += count;
  }
  return {};
}

FlushedSink flush_sink(Spool& spool, const Waiting& waiting, const OpenStore& open_store,
                       const std::function<bool()>& interrupted) {
  FlushedSink result{waiting.sink, 0, 0, {}};
  auto store = open_store(waiting.sink);
  if (!store) {
    result.error = std::move(store).error();
    return result;
  }
  auto drained = drain(spool, waiting.sink, **store, {}, interrupted);
  result.drained = drained.points;
  result.error = std::move(drained.error);
  return result;
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
                   std::move(error).with_context(plural(left, "point") + " wait in the spool, " +
                                                 told(entry.sink) + " does not take them")};
  }
  if (left > 0)
    return Failure{
        Stage::spooled,
        Error{Code::unavailable, plural(left, "point") + " came into the spool meanwhile", "run it again"}};
  if (flush.losses.damaged > 0)
    return Failure{Stage::store, Error{Code::failed,
                                       plural(flush.losses.damaged, "record") +
                                           " of the spool cannot be read: the disk has damaged what it held",
                                       "look at the file `damaged` beside it; the rest is in its bucket"}};
  return std::nullopt;
}

}  // namespace

Drained drain(Spool& spool, const Sink& sink, BucketStore& store, const std::vector<Point>& live,
              const std::function<bool()>& stop) {
  Drained result;
  if (auto drained = drain_slices(spool, sink, store, live, stop, result.points); !drained)
    result.error = std::move(drained).error();
  return result;
}

Flush flush(Spool& spool, const OpenStore& open_store, const std::function<bool()>& interrupted) {
  Flush result;
  const auto failed = [&](Error error) {
    result.failure = Failure{Stage::spooled, std::move(error).with_context("cannot empty the spool")};
    return result;
  };
  const auto lock = spool.lock_drain(patience_ms);
  if (!lock) return failed(lock.error());
  const auto before = spool.waiting();
  if (!before) return failed(before.error());
  for (const auto& waiting : *before) {
    if (interrupted()) break;
    result.sinks.push_back(flush_sink(spool, waiting, open_store, interrupted));
  }
  if (auto tidied = spool.tidy(); !tidied) return failed(std::move(tidied).error());
  const auto after = spool.waiting();
  if (!after) return failed(after.error());
  std::uint64_t left = 0;
  for (const auto& waiting : *after) {
    left += waiting.span.points;
    for (auto& entry : result.sinks)
      if (entry.sink == waiting.sink) entry.left = waiting.span.points;
  }
  result.losses = spool.losses();
  result.failure = judge(result, left, interrupted());
  return result;
}

}  // namespace wx::collector
