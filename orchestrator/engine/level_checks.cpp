#include "orchestrator/engine/level_checks.hpp"

#include <algorithm>
#include <cmath>

#include "common/core/duration.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/due.hpp"
#include "orchestrator/domain/figures.hpp"
#include "orchestrator/domain/run_levels.hpp"
#include "orchestrator/engine/store_access.hpp"
#include "orchestrator/engine/timer_outlook.hpp"

namespace wx {

namespace {

constexpr std::string_view no_limit = "the manifest sets no limit: limits.";
constexpr Micros freshest{10'000'000};

// A figure of the runs against its limit; `seen` says what of: "the most of 12 runs".
void hold_against(CheckResult& result, double observed, double limit, std::string_view unit,
                  const std::string& seen, const std::string& key) {
  result.observed = number_text(observed);
  const std::string told = figure(observed, unit) + ", " + seen;
  const std::string bound = figure(limit, unit) + " of limits." + key;
  if (observed <= limit) return conclude_pass(result, told + "; at most " + bound);
  conclude_fail(result, told + "; more than the " + bound,
                "wxctl runs shows them; if that is right for this program, raise limits." + key);
}

// What the runs of the slot came to; nothing, and the result says why, when that cannot be told.
std::optional<RunLevels> levels_of(const BuiltinScope& scope, CheckResult& result) {
  const auto ledger = scope.runs.read();
  if (!ledger) {
    conclude_skip(result, ledger.error());
    return std::nullopt;
  }
  RunLevels levels = run_levels(ledger->runs, scope.target.slot, scope.since);
  if (levels.runs > 0) return levels;
  conclude_na(result, "no run of " + std::string(to_string(scope.target.slot)) + " has ended since " +
                          format_instant(scope.since));
  return std::nullopt;
}

// How old the newest point may be; nothing without a timer that says how often there is one.
Result<std::optional<Micros>> oldest_allowed(const CheckTarget& target) {
  const Manifest& manifest = target.manifest;
  if (manifest.limits.freshness) return manifest.limits.freshness;
  const auto& spec = target.generation.slot(target.slot);
  WX_LET(const auto cadence,
         timer_outlook(target.ports, manifest, spec ? target.layout.release(spec->release) : ""));
  const auto interval = cadence ? cadence->time_for(1) : std::nullopt;
  if (!interval) return std::optional<Micros>{};
  const Micros run = manifest.limits.duration.value_or(manifest.program.timeout);
  return std::optional(std::max(*interval * 2 + run, freshest) + manifest.store->reach);
}

Result<std::vector<std::int64_t>> times_since(const BuiltinScope& scope, const StoreSpec& store) {
  WX_LET(const auto bucket, open_bucket(scope.target.ports, scope.target.layout, store, BucketRole::main));
  const auto second = std::chrono::floor<std::chrono::seconds>(scope.since);
  WX_LET(const auto stream, bucket.store->stream(bucket.range(to_ns(second), INT64_MAX)));
  std::vector<std::int64_t> times;
  Point point;
  while (true) {
    WX_LET(const bool more, stream->next(point));
    if (!more) break;
    if (times.empty() || times.back() != point.time_ns) times.push_back(point.time_ns);
  }
  std::sort(times.begin(), times.end());
  return times;
}

}  // namespace

void check_memory(const BuiltinScope& scope, CheckResult& result) {
  const auto& limit = scope.target.manifest.limits.memory_bytes;
  if (!limit) return conclude_na(result, std::string(no_limit) + "memory");
  const auto levels = levels_of(scope, result);
  if (!levels) return;
  if (!levels->memory_peak_bytes) return conclude_na(result, "the ledger knows of no run's memory");
  hold_against(result, static_cast<double>(*levels->memory_peak_bytes), static_cast<double>(*limit), "bytes",
               "the most of " + plural(levels->runs, "run"), "memory");
}

void check_cpu(const BuiltinScope& scope, CheckResult& result) {
  const auto& limit = scope.target.manifest.limits.cpu_percent;
  if (!limit) return conclude_na(result, std::string(no_limit) + "cpu");
  const auto levels = levels_of(scope, result);
  if (!levels) return;
  if (!levels->cpu_share) return conclude_na(result, "it takes two runs to tell");
  hold_against(result, *levels->cpu_share * 100, *limit, "%",
               "of one CPU over " + plural(levels->runs, "run"), "cpu");
}

void check_duration(const BuiltinScope& scope, CheckResult& result) {
  const auto& limit = scope.target.manifest.limits.duration;
  if (!limit) return conclude_na(result, std::string(no_limit) + "duration");
  const auto levels = levels_of(scope, result);
  if (!levels) return;
  if (!levels->longest_ms) return conclude_na(result, "the ledger knows of no run's duration");
  hold_against(result, static_cast<double>(*levels->longest_ms), static_cast<double>(limit->count()) / 1000,
               "ms", "the longest of " + plural(levels->runs, "run"), "duration");
}

void check_uptime(const BuiltinScope& scope, CheckResult& result) {
  const auto& limit = scope.target.manifest.limits.uptime_percent;
  if (!limit) return conclude_na(result, std::string(no_limit) + "uptime");
  const auto ledger = scope.runs.read();
  if (!ledger) return conclude_skip(result, ledger.error());
  const Ticks ticks = ticks_of(ledger->runs, scope.since);
  if (ticks.due == 0)
    return conclude_na(result, "the timer has not elapsed since " + format_instant(scope.since));
  const double observed = 100 * static_cast<double>(ticks.good) / static_cast<double>(ticks.due);
  result.observed = number_text(observed);
  const std::string told =
      of(ticks.good, ticks.due, "tick") + " had a successful run since " + format_instant(scope.since);
  const std::string bound = number_text(*limit) + " % of limits.uptime";
  if (observed >= *limit) return conclude_pass(result, told + "; at least " + bound);
  conclude_fail(result, told + "; less than the " + bound, "wxctl runs and wxctl logs show what failed");
}

void check_freshness(const BuiltinScope& scope, CheckResult& result) {
  const CheckTarget& target = scope.target;
  const auto& store = target.manifest.store;
  if (!store) return conclude_na(result, "the manifest names no store");
  const auto ledger = scope.runs.read();
  if (!ledger) return conclude_skip(result, ledger.error());
  const bool any = std::any_of(ledger->runs.begin(), ledger->runs.end(), [](const Run& run) {
    return run.role == "active" && run.result && succeeded(run);
  });
  if (!any) return conclude_na(result, "no run has succeeded yet");
  const auto age = oldest_allowed(target);
  if (!age) return conclude_skip(result, age.error());
  if (!*age)
    return conclude_na(result, "no timer says how often there is a point: limits.freshness sets an age");
  const auto bucket = open_bucket(target.ports, target.layout, *store, BucketRole::main);
  if (!bucket) return conclude_fail(result, bucket.error().message, bucket.error().remedy);
  const WallTime now = target.ports.clock.now();
  const auto points = bucket->store->count(bucket->range(to_ns(now - **age), INT64_MAX));
  if (!points) return conclude_fail(result, points.error().message, points.error().remedy);
  result.observed = std::to_string(*points);
  result.threshold = "1";
  result.unit = "points";
  const std::string window = format_duration(**age);
  if (*points > 0)
    return conclude_pass(result,
                         plural(*points, "point") + " in " + bucket->bucket + " are younger than " + window);
  conclude_fail(result, "no point in " + bucket->bucket + " is younger than " + window,
                "wxctl runs and wxctl logs; if that is right for this program, set limits.freshness");
}

void check_loss(const BuiltinScope& scope, CheckResult& result) {
  const auto& limit = scope.target.manifest.limits.loss_percent;
  if (!limit) return conclude_na(result, std::string(no_limit) + "loss");
  const auto& store = scope.target.manifest.store;
  if (!store) return conclude_na(result, "the manifest names no store");
  if (store->reach > Micros::zero())
    return conclude_na(result, "a run writes up to " + format_duration(store->reach) +
                                   " back: no point belongs to one run; wxctl compare tells what is missing");
  const auto ledger = scope.runs.read();
  if (!ledger) return conclude_skip(result, ledger.error());
  const auto times = times_since(scope, *store);
  if (!times) return conclude_fail(result, times.error().message, times.error().remedy);
  const Delivered done = delivered(ledger->runs, *times, scope.since);
  if (done.owed == 0) return conclude_na(result, "no run has succeeded since " + format_instant(scope.since));
  const double observed = 100 * static_cast<double>(done.lost) / static_cast<double>(done.owed);
  result.observed = number_text(observed);
  const std::string told =
      of(done.lost, done.owed, "successful run") + " left no point since " + format_instant(scope.since);
  const std::string bound = number_text(*limit) + " % of limits.loss";
  if (observed <= *limit) return conclude_pass(result, told + "; at most " + bound);
  conclude_fail(result, told + "; more than the " + bound,
                "wxctl logs; wxctl reconcile finds points that lie elsewhere");
}

}  // namespace wx
