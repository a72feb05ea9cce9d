#include <iterator>
#include <utility>

#include "collector/app/drain.hpp"
#include "collector/app/modes.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;

// The timer comes again, and so does whoever watches the run.
constexpr Micros longest_drain = 30s;

constexpr const char* next_run =
    "the next run fetches the past 48 hours again, nothing is lost if it comes in time; ";

// What the store did not take goes into the spool; its failure stands.
void keep(const Workshop& workshop, std::vector<Point> points, Summary& summary) {
  auto& [stage, error] = *summary.failure;
  const auto told_points = plural(points.size(), "point");
  const auto kept = workshop.spools->waiting.keep(workshop.sink, std::move(points));
  if (kept) {
    stage = Stage::spooled;
    summary.spooled = *kept;
    error.message += "; " + told_points + " of this run wait in the spool";
    error.remedy = "the next run that reaches the store writes them; " + error.remedy;
  } else {
    error.message += "; nor can " + told_points + " be kept in the spool: " + kept.error().message;
    error.remedy = next_run + error.remedy;
  }
}

// What waits for this store, for this bucket first.
std::optional<Error> drain_waiting(const Workshop& workshop, BucketStore& store,
                                   const std::vector<Waiting>& waiting, std::vector<Refused>& refused,
                                   Summary& summary) {
  auto lock = workshop.spools->waiting.lock_drain(0);
  if (!lock) return std::move(lock).error();
  const auto began = workshop.clock.monotonic();
  const auto stop = [&] {
    return workshop.interrupted() || workshop.clock.monotonic() - began > longest_drain;
  };
  auto own = drain(*workshop.spools, workshop.sink, store, stop);
  summary.drained += own.points;
  std::move(own.refused.begin(), own.refused.end(), std::back_inserter(refused));
  if (own.error) {
    ++workshop.telemetry.store[StoreStatus::error];
    return own.error;
  }
  for (const auto& entry : waiting) {
    if (entry.sink == workshop.sink || entry.sink.store != workshop.sink.store) continue;
    const auto other = drain(*workshop.spools, entry.sink, store, stop);
    summary.drained += other.points;
    if (const auto failure = judge_refused(entry.sink, other.refused))
      workshop.log.write(LogLevel::error, failure->error.message);
  }
  return std::nullopt;
}

// What cannot even be set aside waits.
void put_aside(const Workshop& workshop, Undelivered& undelivered, Summary& summary) {
  auto aside = set_aside(workshop.spools->rejected, workshop.sink, undelivered.refused);
  if (aside) return;
  for (auto& [reason, points] : undelivered.refused)
    std::move(points.begin(), points.end(), std::back_inserter(undelivered.left));
  undelivered.refused.clear();
  if (!summary.failure) summary.failure = Failure{Stage::store, std::move(aside).error()};
}

// Told once a run, whatever else went wrong.
void judge(const Workshop& workshop, const std::vector<Refused>& refused, Summary& summary) {
  summary.refused = count_points(refused);
  auto failure = judge_refused(workshop.sink, refused);
  if (failure && summary.failure)
    workshop.log.write(LogLevel::error, failure->error.message);
  else if (failure)
    summary.failure = std::move(failure);
  else if (summary.refused > 0)
    workshop.log.write(LogLevel::warning, plural(summary.refused, "point") + " that " + told(workshop.sink) +
                                              " does not keep any more are set aside: " + refused[0].reason);
}

// Live points first, then what waits; what cannot be written waits.
void put_away(const Workshop& workshop, const std::vector<Point>& live, Summary& summary) {
  const auto& [spool, rejected] = *workshop.spools;
  const auto waiting = spool.waiting().value_or(std::vector<Waiting>{});
  if (live.empty() && waiting.empty()) return;
  Undelivered undelivered{not_set_aside(rejected, workshop.sink, live).value_or(live), {}};
  const auto before = live.size() - undelivered.left.size();
  auto store = workshop.open_store(workshop.sink);
  if (!store) {
    ++workshop.telemetry.store[StoreStatus::error];
    summary.failure = Failure{Stage::store, store.error()};
  } else if (auto superseded = waiting.empty() ? Status{} : spool.supersede(workshop.sink, undelivered.left);
             !superseded) {
    summary.failure = Failure{Stage::store, std::move(superseded).error()};
  } else if (!undelivered.left.empty()) {
    undelivered = deliver(workshop, **store, workshop.sink.bucket, std::move(undelivered.left), summary);
    if (summary.unchanged) *summary.unchanged += before;
  }
  put_aside(workshop, undelivered, summary);
  if (summary.failure) {
    keep(workshop, std::move(undelivered.left), summary);
  } else if (!waiting.empty()) {
    auto error = drain_waiting(workshop, **store, waiting, undelivered.refused, summary);
    if (error) summary.failure = Failure{Stage::spooled, *std::move(error)};
  }
  judge(workshop, undelivered.refused, summary);
}

std::uint64_t points_for(const Sink& sink, Spool& spool) {
  std::uint64_t points = 0;
  for (const auto& entry : spool.waiting().value_or(std::vector<Waiting>{}))
    if (entry.sink == sink) points += entry.span.points;
  return points;
}

// Points of earlier runs count as much as those of this one.
void look_at_spool(const Workshop& workshop, Summary& summary) {
  const auto& [waiting, rejected] = *workshop.spools;
  summary.waiting = points_for(workshop.sink, waiting);
  summary.set_aside = points_for(workshop.sink, rejected);
  summary.spool_bytes =
      waiting.bytes().value_or(std::uint64_t{0}) + rejected.bytes().value_or(std::uint64_t{0});
  summary.losses.dropped = waiting.losses().dropped + rejected.losses().dropped;
  summary.losses.damaged = waiting.losses().damaged + rejected.losses().damaged;
  if (summary.waiting == 0 || summary.failure) return;
  summary.failure =
      Failure{Stage::spooled, Error{Code::unavailable,
                                    plural(summary.waiting, "point") + " still wait in the spool for " +
                                        told(workshop.sink) + ": there are too many for one run",
                                    "the next run goes on; `weather-collector spool drain` does it now"}};
}

}  // namespace

Summary dry_run(const Workshop& workshop) {
  Summary summary{.mode = Mode::dry_run, .bucket = workshop.sink.bucket};
  const auto started = workshop.clock.monotonic();
  gather(workshop, summary);
  summary.duration = workshop.clock.monotonic() - started;
  return summary;
}

Summary collect(const Workshop& workshop) {
  Summary summary{.mode = Mode::run, .bucket = workshop.sink.bucket};
  const auto started = workshop.clock.monotonic();
  const auto live = gather(workshop, summary).value_or(std::vector<Point>{});
  auto fault = std::exchange(summary.failure, std::nullopt);
  put_away(workshop, live, summary);
  look_at_spool(workshop, summary);
  if (fault) {
    if (summary.failure) workshop.log.write(LogLevel::error, summary.failure->error.message);
    summary.failure = std::move(fault);
  }
  summary.duration = workshop.clock.monotonic() - started;
  return summary;
}

}  // namespace wx::collector
