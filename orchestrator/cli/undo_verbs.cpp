// rollback and abort: taking a rollout back, whatever drives it.
#include "common/core/suggest.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/follow.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/engine.hpp"
#include "orchestrator/engine/generations.hpp"

namespace wx {

namespace {

void show_progress(World& world, RolloutContext& rollout) {
  if (world.options.quiet || world.options.json) return;
  rollout.journal.watch(
      [&world, &rollout](const JournalRecord& record) { print(progress_line(world, rollout.plan, record)); });
}

// 0 when what was asked for is so now, 6 when a person is needed.
int answer(World& world, const Layout& layout, const RolloutView& view) {
  const int exit = view.phase == "Failed" ? to_int(ExitStatus::person_needed) : 0;
  if (world.options.json) {
    print_line(outcome_json(world, layout, view));
  } else {
    print(closing_line(world, view));
    if (view.switched_ms) {
      std::string times = "switched in " + human_ms(*view.switched_ms);
      times += view.verified_ms ? ", verified by a run after " + human_ms(*view.verified_ms)
                                : ", not verified by a run";
      print_line(times);
    }
  }
  return exit;
}

// Undo it; the caller holds the lock. A rollout that had been confirmed before comes back Healthy.
Result<RolloutView> undo_rollout(World& world, const Layout& layout, const std::string& id,
                                 const TakeBack& request) {
  WX_LET(const auto rollout, open_rollout(world.ports, layout, id, unit_context(world, layout, "")));
  show_progress(world, *rollout);
  return take_back(*rollout, request);
}

// Is `name` the release or version that is active?
Result<bool> names_active(World& world, const Layout& layout, const std::string& name) {
  Generations generations(world.ports, layout);
  WX_LET(const auto present, generations.current());
  if (!present || !present->route.active) return false;
  const SlotSpec& active = *present->slot(*present->route.active);
  return active.release == name || active.version == name;
}

bool names(const ReleaseRef& release, const std::string& name) {
  return release.id == name || release.version == name;
}

Error not_there_yet(const std::string& wanted, const ReleaseRef& possible) {
  return Error{Code::invalid,
               "rolling back to \"" + wanted + "\" is not there yet" + suggestion(wanted, {possible.version}),
               "wxctl rollback goes back to " + possible.version +
                   "; any other version: wxctl deploy --release DIRECTORY"};
}

// What a rollback would make active again; `impossible` when there is nothing to go back to.
Result<ReleaseRef> destination(World& world, const Layout& layout,
                               const std::optional<RolloutView>& running) {
  if (running && running->plan.reverts.empty()) return running->plan.from.value_or(ReleaseRef{"", "nothing"});
  if (running) return running->plan.to;
  WX_LET(const PreparedRollout prepared, prepare_rollback(world.ports, layout, new_rollout_id(world), ""));
  return prepared.plan.to;
}

int tell_dry_run(World& world, const Layout& layout, const ReleaseRef& release) {
  RolloutView view;
  view.phase = "Pending";
  view.message = "would make " + release.version + " active again";
  print_line(world.options.json ? outcome_json(world, layout, view) : view.message);
  return to_int(ExitStatus::done);
}

Result<int> rollback(World& world, const RollbackOptions& options) {
  WX_LET(const std::string app, chosen_app(world));
  WX_LET(const Layout layout, layout_for(world, app));
  if (!options.to.empty()) {
    WX_LET(const bool active, names_active(world, layout, options.to));
    if (active) return nothing_to_do(world, layout, options.to + " is already active");
  }
  WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
  WX_LET(const ReleaseRef wanted, destination(world, layout, running));
  if (!options.to.empty() && !names(wanted, options.to)) return not_there_yet(options.to, wanted);
  if (options.dry_run) return tell_dry_run(world, layout, wanted);

  const TakeBack request{"RolledBack", "rolled back by a person", world.begun, !options.no_run, true};
  WX_LET(const auto lock, preempt(world, layout, "rollback"));
  if (running) {
    WX_LET(const RolloutView view, undo_rollout(world, layout, running->plan.id, request));
    if (view.phase != "Healthy") return answer(world, layout, view);
    // It was confirmed before the lock was ours: now it is a promoted one to take back.
  }
  WX_LET(const PreparedRollout prepared, prepare_rollback(world.ports, layout, new_rollout_id(world), ""));
  WX_TRY(create_rollout(world.ports, layout, prepared));
  WX_LET(const RolloutView view, undo_rollout(world, layout, prepared.plan.id, request));
  return answer(world, layout, view);
}

Result<int> abort_rollout(World& world) {
  WX_LET(const std::string app, chosen_app(world));
  WX_LET(const Layout layout, layout_for(world, app));
  WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
  if (!running)
    return nothing_to_do(world, layout, "no rollout of " + app + " is in progress: nothing to abort");
  WX_LET(const auto lock, preempt(world, layout, "abort"));
  WX_LET(const RolloutView view, undo_rollout(world, layout, running->plan.id,
                                              {"Aborted", "aborted by a person", world.begun, true, true}));
  if (view.phase == "Healthy")
    return Error{Code::impossible, view.plan.id + " had been confirmed already: " + view.message,
                 "wxctl rollback takes it back"};
  return answer(world, layout, view);
}

}  // namespace

int verb_rollback(World& world, const RollbackOptions& options) {
  return told(world, rollback(world, options));
}

int verb_abort(World& world) {
  return told(world, abort_rollout(world));
}

}  // namespace wx
