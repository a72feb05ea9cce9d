#include "orchestrator/engine/points_home.hpp"

#include <algorithm>

#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/progress.hpp"
#include "orchestrator/engine/reconcile.hpp"

namespace wx {

namespace {

constexpr std::uint64_t largest_manifest = 4ull << 20;

std::string rollout_before(RolloutContext& rollout) {
  auto all = list_rollouts(rollout.ports.files, rollout.layout);
  if (!all) return rollout.plan.id;
  std::erase_if(*all, [&](const RolloutView& view) { return view.plan.id == rollout.plan.id; });
  const RolloutView* owner = owner_of_candidate_points(*all);
  return owner == nullptr ? rollout.plan.id : owner->plan.id;
}

WallTime began(const RolloutContext& rollout) {
  return rollout.journal.first("header")->at;
}

const RolloutView* named(const std::vector<RolloutView>& rollouts, const std::string& id) {
  const auto found =
      std::find_if(rollouts.begin(), rollouts.end(), [&](const RolloutView& view) { return view.plan.id == id; });
  return found == rollouts.end() ? nullptr : &*found;
}

// Null when none has changed anything yet.
const RolloutView* newest_at_work(const std::vector<RolloutView>& rollouts) {
  const auto found = std::find_if(rollouts.begin(), rollouts.end(), [](const RolloutView& view) {
    return view.installing || !view.plan.reverts.empty();
  });
  return found == rollouts.end() ? nullptr : &*found;
}

Result<StoreSpec> candidate_store(Ports& ports, const Layout& layout, const StoreSpec& main, const std::string& id) {
  const std::string path = layout.rollout(id) + "/manifest.yaml";
  WX_LET(const std::string text, ports.files.read(path, largest_manifest));
  WX_LET(const Manifest manifest, parse_manifest(path, text));
  return manifest.store.value_or(main);
}

// Where the points of that rollout are: what was made evidence is in the bucket no more.
Result<StoreSpec> home_of(Ports& ports, const Layout& layout, const StoreSpec& main, const std::string& id, bool owns_bucket) {
  WX_LET(StoreSpec store, candidate_store(ports, layout, main, id));
  auto evidence = evidence_store(ports, layout, store, id);
  if (evidence) return evidence;
  if (evidence.error().code != Code::not_found) return std::move(evidence).error();
  if (owns_bucket) return store;
  return Error{Code::impossible, "rollout " + id + " left no points as evidence", "wxctl history"};
}

Result<bool> data_was_blamed(Ports& ports, const Layout& layout, const std::string& id) {
  WX_LET(const std::string text, ports.files.read(layout.rollout(id) + "/journal", UINT64_MAX));
  WX_LET(const JournalContent content, parse_journal(text));
  return blames_data(content.records);
}

Result<ReconcileReport> returned(RolloutContext& rollout, const std::function<Status()>& pulse) {
  WX_LET(const auto generation, rollout.generations.current());
  WX_LET(const auto number, rollout.generations.current_number());
  if (!generation || !generation->route.active) return ReconcileReport{};
  const Slot active = *generation->route.active;
  WX_LET(const Manifest manifest,
         parse_manifest(rollout.layout.manifest(), generation->slot(active)->manifest_text));
  if (!manifest.store) return ReconcileReport{};
  WX_LET(const TrialPoints points, find_trial_points(rollout.ports, rollout.layout, *manifest.store));
  WX_LET(const auto runs, rollout_runs(rollout.ports, rollout.layout, manifest));
  const ReconcileScope scope{rollout.ports, rollout.layout, *manifest.store,           points.store,
                             runs,          points.since,   rollout.ports.clock.now(), pulse};
  const CheckTarget target{rollout.ports, rollout.layout, manifest, *generation, *number, active, pulse};
  return reconcile_returned(scope, target, points.data_blamed);
}

}  // namespace

Result<TrialPoints> find_trial_points(Ports& ports, const Layout& layout, const StoreSpec& main, const std::string& id) {
  WX_LET(const auto rollouts, list_rollouts(ports.files, layout));
  if (!id.empty()) WX_TRY(find_rollout(ports.files, layout, id));
  const RolloutView* owner = owner_of_candidate_points(rollouts);
  const RolloutView* begins = id.empty() ? newest_at_work(rollouts) : named(rollouts, id);
  const RolloutView* taken_back = begins == nullptr ? nullptr : named(rollouts, begins->plan.reverts);
  const RolloutView* wanted = id.empty() ? owner : taken_back != nullptr ? taken_back : begins;
  if (wanted == nullptr)
    return Error{Code::impossible, "there was no rollout of " + layout.app + " yet: nothing to reconcile"};
  TrialPoints points;
  points.rollout = *wanted;
  points.since = *wanted->started;
  if (taken_back != nullptr) points.since = std::min(points.since, *taken_back->started);
  points.promoted = wanted == begins && wanted->outcome == "Promoted";
  WX_LET(points.store, home_of(ports, layout, main, wanted->plan.id, wanted == owner));
  WX_LET(points.data_blamed, data_was_blamed(ports, layout, wanted->plan.id));
  return points;
}

Result<std::string> empty_candidate_bucket(RolloutContext& rollout, const std::function<Status()>& pulse) {
  if (!rollout.manifest.store) return std::string{};
  const std::string before = rollout_before(rollout);
  WX_LET(const std::uint64_t moved,
         clear_candidate_bucket(rollout.ports, rollout.layout, *rollout.manifest.store, before, pulse));
  if (moved == 0) return std::string{};
  return plural(moved, "point") + " of the candidate's bucket moved to the evidence of " + before;
}

Result<std::string> bring_points_home(RolloutContext& rollout, const std::function<Status()>& pulse) {
  if (!rollout.manifest.store) return std::string("the app has no store: nothing to reconcile");
  WX_LET(const auto runs, rollout_runs(rollout.ports, rollout.layout, rollout.manifest));
  const StoreSpec& store = *rollout.manifest.store;
  const ReconcileScope scope{rollout.ports,  rollout.layout,           store, store, runs,
                             began(rollout), rollout.ports.clock.now(), pulse};
  WX_LET(const ReconcileReport report, reconcile_promoted(scope));
  return report.message;
}

Result<std::vector<std::string>> bring_points_back(RolloutContext& rollout, const std::function<Status()>& pulse) {
  std::vector<std::string> times;
  const auto has_begun = [&](StepKind kind) { return begun(rollout.plan.steps, rollout.journal, kind); };
  const bool served = has_begun(StepKind::route) || has_begun(StepKind::cutover);
  if (!served && rollout.plan.reverts.empty()) return times;
  const auto report = returned(rollout, pulse);
  if (!report)
    return Error{report.error().code, "points that only the candidate wrote could not be brought to the main bucket: " + report.error().message,
                 "wxctl reconcile"};
  if (!report->backfill.empty() || report->found > 0 || report->unreconciled_total > 0) static_cast<void>(rollout.note(report->message));
  for (const auto time : report->unreconciled) times.push_back(format_instant_ns(time));
  return times;
}

}  // namespace wx
