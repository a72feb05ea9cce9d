#include "orchestrator/engine/points_home.hpp"

#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/progress.hpp"
#include "orchestrator/engine/reconcile.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

namespace {

std::string rollout_before(RolloutContext& rollout) {
  const auto all = list_rollouts(rollout.ports.files, rollout.layout);
  if (all)
    for (const auto& view : *all)
      if (view.plan.id != rollout.plan.id) return view.plan.id;
  return rollout.plan.id;
}

WallTime began(const RolloutContext& rollout) {
  return rollout.journal.first("header")->at;
}

Result<ReconcileReport> returned(RolloutContext& rollout, const std::function<Status()>& pulse) {
  WX_LET(const auto generation, rollout.generations.current());
  WX_LET(const auto number, rollout.generations.current_number());
  if (!generation || !generation->route.active || !rollout.manifest.store) return ReconcileReport{};
  const Slot active = *generation->route.active;
  WX_LET(const Manifest manifest,
         parse_manifest(rollout.layout.manifest(), generation->slot(active)->manifest_text));
  if (!manifest.store) return ReconcileReport{};
  WX_LET(const auto runs, rollout_runs(rollout.ports, rollout.layout, manifest));
  const ReconcileScope scope{rollout.ports, rollout.layout,  *manifest.store,           *rollout.manifest.store,
                             runs,          began(rollout), rollout.ports.clock.now(), pulse};
  const CheckTarget target{rollout.ports, rollout.layout, manifest, *generation, *number, active, pulse};
  return reconcile_returned(scope, target, blames_data(rollout.journal.records()));
}

}  // namespace

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

std::vector<std::string> bring_points_back(RolloutContext& rollout, const std::function<Status()>& pulse) {
  std::vector<std::string> times;
  if (!begun(rollout.plan.steps, rollout.journal, StepKind::route)) return times;
  const auto report = returned(rollout, pulse);
  if (!report) {
    static_cast<void>(rollout.note("points that only the candidate wrote could not be brought to the main bucket: " +
                                   report.error().message + "; wxctl reconcile tries again"));
    return times;
  }
  if (report->found > 0 || report->unreconciled_total > 0) static_cast<void>(rollout.note(report->message));
  for (const auto time : report->unreconciled) times.push_back(format_instant_ns(time));
  return times;
}

}  // namespace wx
