#include "orchestrator/engine/compare.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "orchestrator/domain/merge_points.hpp"
#include "orchestrator/engine/store_access.hpp"

namespace wx {

namespace {

constexpr std::uint64_t points_between_pulses = 4096;

// The manifest that says where a slot writes; the active slot's when the other one has none of its own.
Result<StoreSpec> store_of(const CompareScope& scope, Slot slot) {
  const auto& spec = scope.generation.slot(slot);
  if (spec && scope.generation.route.candidate == slot) {
    WX_LET(const Manifest own, parse_manifest(scope.layout.manifest(), spec->manifest_text));
    if (own.store) return *own.store;
  }
  if (!scope.manifest.store)
    return Error{Code::invalid,
                 "the manifest of " + scope.layout.app + " names no store: there are no points to compare",
                 "add store: to the manifest, or judge the app by its runs: wxctl runs"};
  return *scope.manifest.store;
}

struct TrialView {
  Trial trial;
  WallTime since = WallTime::max();  // the first activation on trial
};

// The shares that were in force, by the generations that the runs name.
class BucketShares {
 public:
  explicit BucketShares(const CompareScope& scope)
      : generations_(scope.ports, scope.layout), fallback_(scope.generation.route) {}

  const Route& route_of(std::uint64_t generation) {
    const auto known = routes_.find(generation);
    if (known != routes_.end()) return known->second;
    auto read = generations_.read(generation);
    return routes_.emplace(generation, read ? read->route : fallback_).first->second;
  }

 private:
  Generations generations_;
  Route fallback_;
  std::map<std::uint64_t, Route> routes_;
};

TrialView trial_of(const CompareScope& scope, const std::vector<Run>& runs, WallTime from) {
  TrialView view;
  BucketShares shares(scope);
  for (const Run& run : runs) {
    if (run.at < from || run.mirror_of || run.fallback || run.role == "idle") continue;
    const Route& route = shares.route_of(run.generation);
    const bool tried = route.candidate && route.mode != RouteMode::none;
    if (view.since == WallTime::max() && !tried) continue;
    view.since = std::min(view.since, run.at);
    ++view.trial.activations;
    if (tried && run.counted) view.trial.given += route.percent / 100;
    view.trial.mirror = view.trial.mirror || (tried && route.mode == RouteMode::mirror);
  }
  return view;
}

Status compare_points(const CompareScope& scope, const OpenBucket& main, const OpenBucket& candidate,
                      const CompareReport& report, Comparer& comparer) {
  const auto from = to_ns(report.from);
  const auto to = to_ns(report.to);
  WX_LET(const auto in_main, main.store->stream(main.range(from, to)));
  WX_LET(const auto in_candidate, candidate.store->stream(candidate.range(from, to)));
  std::uint64_t seen = 0;
  return merge_points([&](Point& point) { return in_main->next(point); },
                      [&](Point& point) { return in_candidate->next(point); },
                      [&](const Point* a, const Point* b) {
                        comparer.see(a, b);
                        return ++seen % points_between_pulses == 0 ? scope.pulse() : Status{};
                      });
}

void conclude(CompareReport& report, const CompareVerdict& verdict) {
  report.verdict = verdict.verdict;
  report.message = verdict.message;
  report.change = verdict.change;
}

Status compare(const CompareScope& scope, CompareReport& report) {
  WX_LET(const StoreSpec main_store, store_of(scope, report.main.slot));
  WX_LET(const StoreSpec candidate_store, store_of(scope, report.candidate.slot));
  report.main.bucket = main_store.active.bucket;
  report.candidate.bucket = candidate_store.candidate.bucket;
  // The ledger first: what a run that it tells of has written is in the stores by then.
  WX_LET(const auto runs,
         all_runs(scope.ports, scope.layout, scope.manifest.service, scope.manifest.program.timeout));
  if (const auto begins = ledger_begins(scope.ports, scope.layout, runs); begins && report.in_rollout)
    report.from = std::max<WallTime>(report.from, std::chrono::floor<std::chrono::seconds>(*begins));
  WX_LET(const OpenBucket main, open_bucket(scope.ports, scope.layout, main_store, BucketRole::main));
  WX_LET(const OpenBucket candidate,
         open_bucket(scope.ports, scope.layout, candidate_store, BucketRole::candidate));
  if (!report.in_rollout) {
    Comparer comparer(nullptr, main_store.tolerance);
    WX_TRY(compare_points(scope, main, candidate, report, comparer));
    conclude(report, judge_idle(comparer.result()));
    report.observed_share = observed_share(comparer.result());
    report.comparison = comparer.result();
    return {};
  }
  const TrialView view = trial_of(scope, runs, report.from);
  const auto since = std::chrono::floor<std::chrono::seconds>(std::min(view.since, report.to));
  const DuePoints due{{runs, "active", main_store.reach, report.from},
                      {runs, "candidate", candidate_store.reach, report.from},
                      to_ns(since),
                      !view.trial.mirror && main_store.reach == Micros::zero()};
  Comparer comparer(&due, main_store.tolerance);
  WX_TRY(compare_points(scope, main, candidate, report, comparer));
  const Comparison& comparison = comparer.result();
  conclude(report, judge_rollout(comparison, due));
  report.expected_share = expected_share(comparison, view.trial, main_store.reach);
  report.observed_share = observed_share(comparison);
  report.comparison = comparison;
  return {};
}

}  // namespace

CompareReport compare_buckets(const CompareScope& scope) {
  CompareReport report;
  report.to = scope.ports.clock.now();
  report.from = report.to - scope.window;
  if (scope.rollout) report.from = std::max(report.from, *scope.rollout);
  report.in_rollout = scope.rollout.has_value();
  const Route& route = scope.generation.route;
  report.main.slot = route.active.value_or(other(route.candidate.value_or(Slot::green)));
  report.candidate.slot = other(report.main.slot);
  if (auto made = compare(scope, report); !made) {
    report.verdict = made.error().code == Code::interrupted ? "cancelled" : "error";
    report.message = made.error().message;
    report.change = made.error().remedy;
  }
  return report;
}

}  // namespace wx
