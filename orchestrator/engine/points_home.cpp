#include "orchestrator/engine/points_home.hpp"

#include <algorithm>

#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/progress.hpp"
#include "orchestrator/engine/reconcile.hpp"

namespace wx {

namespace {

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
  const auto found = std::find_if(rollouts.begin(), rollouts.end(),
                                  [&](const RolloutView& view) { return view.plan.id == id; });
  return found == rollouts.end() ? nullptr : &*found;
}

// Null when none has changed anything yet.
const RolloutView* newest_at_work(const std::vector<RolloutView>& rollouts) {
  const auto found = std::find_if(rollouts.begin(), rollouts.end(), [](const RolloutView& view) {
    return view.installing || !view.plan.reverts.empty();
  });
  return found == rollouts.end() ? nullptr : &*found;
}

Result<StoreSpec> candidate_store(Ports& ports, const Layout& layout, const StoreSpec& main,
                                  const std::string& id) {
  const std::string path = layout.rollout(id) + "/manifest.yaml";
  WX_LET(const std::string text, ports.files.read(path, largest_manifest));
  WX_LET(const Manifest manifest, parse_manifest(path, text));
  return manifest.store.value_or(main);
}

// Where the points of that rollout are: what was made evidence is in the bucket no more.
Result<StoreSpec> home_of(Ports& ports, const Layout& layout, const StoreSpec& main, const std::string& id,
                          bool owns_bucket) {
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

std::vector<std::string> times_of(const ReconcileReport& report) {
  std::vector<std::string> times;
  for (const auto time : report.unreconciled) times.push_back(format_instant_ns(time));
  return times;
}

// The last word counts; nothing is said where nothing was ever left.
Status tell_left(RolloutContext& rollout, const std::string& why, const ReconcileReport& left) {
  if (why.empty() && left.unreconciled.empty() && told_left(rollout.journal).empty()) return {};
  return rollout.journal.append("measure", std::nullopt,
                                {{"left", why}, {"unreconciled", join(times_of(left), " ")}});
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

Result<TrialPoints> find_trial_points(Ports& ports, const Layout& layout, const StoreSpec& main,
                                      const std::string& id) {
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
  const StoreSpec& store = *rollout.manifest.store;
  const auto runs = rollout_runs(rollout.ports, rollout.layout, rollout.manifest);
  if (!runs) {
    WX_TRY(tell_left(rollout, runs.error().message, {}));
    return "left for `wxctl reconcile`: " + runs.error().message;
  }
  const ReconcileScope scope{
      rollout.ports, rollout.layout, store, store, *runs, began(rollout), rollout.ports.clock.now(), pulse};
  const auto report = reconcile_promoted(scope);
  if (report) {
    WX_TRY(tell_left(rollout, "", *report));
    return report->message;
  }
  if (report.error().code == Code::interrupted) return report.error();
  const auto open = survey(scope);
  WX_TRY(tell_left(rollout, report.error().message, open ? *open : ReconcileReport{}));
  return "left for `wxctl reconcile`: " + report.error().message;
}

Status bring_points_back(RolloutContext& rollout, const std::function<Status()>& pulse) {
  const auto has_begun = [&](StepKind kind) { return begun(rollout.plan.steps, rollout.journal, kind); };
  const bool served = has_begun(StepKind::route) || has_begun(StepKind::cutover);
  if (!served && rollout.plan.reverts.empty()) return {};
  const auto report = returned(rollout, pulse);
  if (!report) return tell_left(rollout, report.error().message, {});
  if (!report->backfill.empty() || report->found > 0 || report->unreconciled_total > 0)
    WX_TRY(rollout.note(report->message));
  return tell_left(rollout, "", *report);
}

std::string told_left(const RolloutJournal& journal) {
  std::string why;
  for (const auto& record : journal.records())
    if (record.fields.contains("left")) why = record.field("left");
  if (why.empty()) return {};
  return "; points that only the candidate wrote could not be brought to the main bucket: " + why +
         " (wxctl reconcile tries again)";
}

}  // namespace wx
