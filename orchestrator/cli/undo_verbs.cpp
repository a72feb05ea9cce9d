// rollback and abort: taking a rollout back, whatever drives it.
#include <memory>

#include "common/core/text.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/follow.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/clean.hpp"
#include "orchestrator/engine/engine.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/rollback_target.hpp"

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

// What a rollback would make active again; `impossible` when there is nothing to go back to.
Result<ReleaseRef> destination(World& world, const Layout& layout,
                               const std::optional<RolloutView>& running) {
  if (running && running->plan.reverts.empty()) return running->plan.from.value_or(ReleaseRef{"", "nothing"});
  if (running) return running->plan.to;
  WX_LET(const PreparedRollout prepared, prepare_rollback(world.ports, layout, new_rollout_id(world), ""));
  return prepared.plan.to;
}

int tell_dry_run(World& world, const Layout& layout, const ReleaseRef& release, const std::optional<RolloutView>& running) {
  RolloutView view;
  view.phase = "Pending";
  view.message = running ? "would end " + running->plan.id + " (" + running->plan.strategy + " to " + running->plan.to.version +
                               "), and have " + release.version + " active"
                         : "would make " + release.version + " active again";
  print_line(world.options.json ? outcome_json(world, layout, view) : view.message);
  return to_int(ExitStatus::done);
}

Result<std::string> clean_after(World& world, const Layout& layout, const RolloutView& view) {
  if (!view.unreconciled.empty())
    return Error{Code::impossible, plural(view.unreconciled.size(), "point") + " of what was taken back are not reconciled",
                 "wxctl reconcile --accept " + view.plan.id};
  return clean_idle_slot(world.ports, layout, [] { return Status{}; });
}

// The idle slot is emptied; whether that can be done or not, the rollback itself is told.
Result<int> answer_cleaned(World& world, const Layout& layout, RolloutView view, const RollbackOptions& options) {
  if (!options.clean || view.phase == "Failed") return answer(world, layout, view);
  const auto cleaned = clean_after(world, layout, view);
  view.message += "; " + (cleaned ? *cleaned : "not cleaned: " + cleaned.error().message);
  if (cleaned) return answer(world, layout, view);
  view.remedy = cleaned.error().remedy;
  static_cast<void>(answer(world, layout, view));
  return to_int(ExitStatus::failed);
}

TakeBack take_back_request(const World& world, const RollbackOptions& options, const std::string& outcome) {
  TakeBack request{outcome, "rolled back by a person", world.begun, !options.no_run};
  request.now = options.now;
  return request;
}

// The app's lock, and what is to be taken back: also a rollout that another command began before the lock was ours.
struct Held {
  std::unique_ptr<FileLock> lock;
  std::optional<RolloutView> running;
};

Result<Held> hold_for_rollback(World& world, const Layout& layout) {
  Held held;
  WX_LET(held.lock, preempt(world, layout, "rollback"));
  WX_LET(held.running, rollout_in_progress(world.ports.files, layout));
  return held;
}

// To a release that was active once, or to a backup: installed, switched to and verified like any new one.
Result<int> rollback_to(World& world, const Layout& layout, const RollbackOptions& options) {
  WX_LET(const RollbackTarget target, find_rollback_target(world.ports, layout, options.to));
  if (options.state && target.state.empty())
    return Error{Code::invalid, "--state needs a backup that holds one, and " + options.to + " is none",
                 "wxctl rollback --to BACKUP --state; wxctl backup list"};
  if (options.dry_run) {
    WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
    return tell_dry_run(world, layout, {target.spec.release, target.spec.version}, running);
  }
  WX_LET(const Held held, hold_for_rollback(world, layout));
  if (const auto& running = held.running) {
    WX_LET(const RolloutView view,
           undo_rollout(world, layout, running->plan.id, take_back_request(world, options, "Superseded")));
    if (view.phase == "Failed") return answer(world, layout, view);
  }
  WX_LET(const std::string engine_dir, pin_engine(world, layout));
  WX_LET(PreparedRollout prepared,
         prepare_rollback_to(world.ports, layout, target, new_rollout_id(world), engine_dir, options.state));
  prepared.plan.verify = !options.no_run;
  prepared.plan.now = options.now;
  WX_TRY(create_rollout(world.ports, layout, prepared));
  WX_LET(const auto rollout,
         open_rollout(world.ports, layout, prepared.plan.id, unit_context(world, layout, engine_dir)));
  show_progress(world, *rollout);
  WX_LET(const RolloutView view, drive(*rollout, {false}));
  if (view.exit != to_int(ExitStatus::done)) {
    const int exit = answer(world, layout, view);
    return exit == 0 ? view.exit.value_or(to_int(ExitStatus::failed)) : exit;
  }
  return answer_cleaned(world, layout, view, options);
}

Result<int> rollback(World& world, const RollbackOptions& options) {
  WX_LET(const std::string app, chosen_app(world));
  WX_LET(const Layout layout, layout_for(world, app));
  WX_LET(const auto seen, rollout_in_progress(world.ports.files, layout));
  if (!options.to.empty() && !options.state) {
    WX_LET(const bool active, names_active(world, layout, options.to));
    if (active && !seen) return nothing_to_do(world, layout, options.to + " is already active");
  }
  const auto wanted = destination(world, layout, seen);
  if (!options.to.empty() && (options.state || !wanted || !names(*wanted, options.to)))
    return rollback_to(world, layout, options);
  if (!wanted) return wanted.error();
  if (options.state)
    return Error{Code::invalid, "--state needs --to BACKUP", "wxctl backup list"};
  if (options.dry_run) return tell_dry_run(world, layout, *wanted, seen);

  const TakeBack request = take_back_request(world, options, "RolledBack");
  WX_LET(const Held held, hold_for_rollback(world, layout));
  if (const auto& running = held.running) {
    WX_LET(const RolloutView view, undo_rollout(world, layout, running->plan.id, request));
    if (view.phase != "Healthy") return answer_cleaned(world, layout, view, options);
    // It was confirmed before the lock was ours: now it is a promoted one to take back.
  }
  WX_LET(const PreparedRollout prepared, prepare_rollback(world.ports, layout, new_rollout_id(world), ""));
  WX_TRY(create_rollout(world.ports, layout, prepared));
  WX_LET(const RolloutView view, undo_rollout(world, layout, prepared.plan.id, request));
  return answer_cleaned(world, layout, view, options);
}

Result<int> abort_rollout(World& world, bool dry_run) {
  WX_LET(const std::string app, chosen_app(world));
  WX_LET(const Layout layout, layout_for(world, app));
  WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
  if (!running)
    return nothing_to_do(world, layout, "no rollout of " + app + " is in progress: nothing to abort");
  if (dry_run) {
    WX_LET(const ReleaseRef release, destination(world, layout, running));
    return tell_dry_run(world, layout, release, running);
  }
  WX_LET(const auto lock, preempt(world, layout, "abort"));
  WX_LET(const RolloutView view, undo_rollout(world, layout, running->plan.id,
                                              {"Aborted", "aborted by a person", world.begun}));
  if (view.phase == "Healthy")
    return Error{Code::impossible, view.plan.id + " had been confirmed already: " + view.message,
                 "wxctl rollback takes it back"};
  return answer(world, layout, view);
}

}  // namespace

int verb_rollback(World& world, const RollbackOptions& options) {
  return told(world, rollback(world, options));
}

int verb_abort(World& world, bool dry_run) {
  return told(world, abort_rollout(world, dry_run));
}

}  // namespace wx
