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

Result<int> take_back_running(World& world, const Layout& layout, const RolloutView& running,
                              const TakeBack& request, const std::string& verb) {
  WX_LET(const auto lock, preempt(world, layout, verb));
  WX_LET(const auto rollout, open_rollout(world.ports, layout, running.plan.id,
                                          unit_context(world, layout, running.plan.engine_dir)));
  show_progress(world, *rollout);
  WX_LET(const RolloutView view, take_back(*rollout, request));
  return answer(world, layout, view);
}

// Is `name` the release or version that is active?
Result<bool> names_active(World& world, const Layout& layout, const std::string& name) {
  Generations generations(world.ports, layout);
  WX_LET(const auto present, generations.current());
  if (!present || !present->route.active) return false;
  const SlotSpec& active = *present->slot(*present->route.active);
  return active.release == name || active.version == name;
}

Result<int> rollback(World& world, const RollbackOptions& options) {
  WX_LET(const std::string app, chosen_app(world));
  WX_LET(const Layout layout, layout_for(world, app));
  WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
  const bool verify = !options.no_run;
  if (running && options.to.empty())
    return take_back_running(world, layout, *running,
                             {"RolledBack", "rolled back by a person", world.begun, verify, true},
                             "rollback");
  if (!options.to.empty()) {
    WX_LET(const bool active, names_active(world, layout, options.to));
    if (active) return nothing_to_do(world, layout, options.to + " is already active");
  }
  WX_LET(PreparedRollout prepared, prepare_rollback(world.ports, layout, new_rollout_id(world), ""));
  if (!options.to.empty() && options.to != prepared.plan.to.id && options.to != prepared.plan.to.version)
    return Error{Code::invalid,
                 "rolling back to \"" + options.to + "\" is not there yet" +
                     suggestion(options.to, {prepared.plan.to.version}),
                 "wxctl rollback goes back to " + prepared.plan.to.version +
                     "; any other version: wxctl deploy --release DIRECTORY"};
  if (options.dry_run) {
    print_line("would make " + prepared.plan.to.version + " active again in " +
               std::string(to_string(other(prepared.plan.target))));
    return 0;
  }
  WX_LET(const auto lock, preempt(world, layout, "rollback"));
  WX_TRY(create_rollout(world.ports, layout, prepared));
  WX_LET(const auto rollout,
         open_rollout(world.ports, layout, prepared.plan.id, unit_context(world, layout, "")));
  show_progress(world, *rollout);
  WX_LET(const RolloutView view,
         take_back(*rollout, {"RolledBack", "rolled back by a person", world.begun, verify, true}));
  return answer(world, layout, view);
}

Result<int> abort_rollout(World& world) {
  WX_LET(const std::string app, chosen_app(world));
  WX_LET(const Layout layout, layout_for(world, app));
  WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
  if (!running) return nothing_to_do(world, layout, "no rollout of " + app + " is in progress: nothing to abort");
  return take_back_running(world, layout, *running,
                           {"Aborted", "aborted by a person", world.begun, true, true}, "abort");
}

}  // namespace

int verb_rollback(World& world, const RollbackOptions& options) {
  auto result = rollback(world, options);
  return result ? *result : report(world, result.error());
}

int verb_abort(World& world) {
  auto result = abort_rollout(world);
  return result ? *result : report(world, result.error());
}

}  // namespace wx
