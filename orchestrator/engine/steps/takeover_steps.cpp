// cutover and confirm: the new version takes over, and stays.
#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "orchestrator/engine/before.hpp"
#include "orchestrator/engine/flush.hpp"
#include "orchestrator/engine/foreign.hpp"
#include "orchestrator/engine/lease.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/points_home.hpp"
#include "orchestrator/engine/revert.hpp"
#include "orchestrator/engine/rollout_units.hpp"
#include "orchestrator/engine/steps.hpp"
#include "orchestrator/engine/units.hpp"
#include "orchestrator/engine/verify_run.hpp"

namespace wx {

namespace {

constexpr std::size_t generations_kept = 6;

Status start_unit(Systemd& systemd, const std::string& name) {
  WX_LET(const JobResult job, systemd.start(name, job_wait));
  if (job == JobResult::done) return {};
  return Error{Code::failed, "cannot start " + name + ": its job ended as " + std::string(to_string(job)),
               "systemctl --user status " + name};
}

Status arm_deadman(RolloutContext& rollout, Micros lease) {
  Leases leases(rollout.ports, rollout.layout);
  WX_TRY(leases.renew(rollout.plan.id, lease));
  WX_TRY(enable_unit(rollout.ports, rollout.layout, rollout.layout.deadman_timer()));
  return start_unit(rollout.ports.systemd, rollout.layout.deadman_timer());
}

// No new mirrored runs, and the one in progress has ended: the slot's first run as the active one must not
// wait for it.
Status quiet_candidate(const StepRun& run, Generation& generation) {
  if (generation.route.mode == RouteMode::none) return {};
  generation.route.mode = RouteMode::none;
  generation.route.percent = 0;
  WX_LET(const std::uint64_t number, run.rollout.generations.commit(generation));
  static_cast<void>(number);
  WX_LET(const bool idle, wait_idle(run, run.rollout.plan.target, run.rollout.manifest.program.drain));
  if (!idle)
    return Error{Code::failed, "the candidate's run did not end within program.drain",
                 "raise program.drain, or see why it hangs: wxctl runs"};
  return {};
}

// A new timer starts and the one before it ends; one that stays is left alone, also when somebody has stopped
// it.
Status settle_timer(RolloutContext& rollout, const std::optional<std::string>& former) {
  Systemd& systemd = rollout.ports.systemd;
  const auto wanted = rollout.manifest.timer ? std::optional(rollout.manifest.timer->unit) : std::nullopt;
  if (wanted == former) return {};
  if (former) {
    WX_LET(const JobResult job, systemd.stop(*former, job_wait));
    if (job != JobResult::done)
      return Error{Code::failed,
                   "cannot stop " + *former + ": its job ended as " + std::string(to_string(job))};
    WX_TRY(disable_unit(rollout.ports, rollout.layout, *former));
  }
  if (!wanted) return {};
  WX_TRY(enable_unit(rollout.ports, rollout.layout, *wanted));
  return start_unit(systemd, *wanted);
}

// Entry, template and timer as the new manifest wants them, with one reload; only what differs.
Status settle_shared_units(RolloutContext& rollout, const std::optional<std::string>& former) {
  Units units(rollout.ports, rollout.layout);
  WX_LET(RolloutUnits files, settle_units(rollout));
  WX_LET(const bool changed, units.write(without_theirs(rollout, std::move(files.shared))));
  if (changed) WX_TRY(rollout.ports.systemd.reload());
  return settle_timer(rollout, former);
}

// The timer before this rollout, by its record: the same answer after a crash in mid-step.
Result<std::optional<std::string>> former_timer(RolloutContext& rollout) {
  WX_LET(const Before before,
         read_before(rollout.ports.files, rollout.layout.rollout(rollout.plan.id) + "/before"));
  if (!before.generation) return std::optional<std::string>{};
  return before.generation->route.timer;
}

void take_over(Generation& generation, const RolloutContext& rollout) {
  Route& route = generation.route;
  if (route.active && *route.active != rollout.plan.target && generation.slot(*route.active))
    route.predecessor = Predecessor{*route.active, generation.slot(*route.active)->release};
  route.active = rollout.plan.target;
  route.candidate = std::nullopt;
  route.mode = RouteMode::none;
  route.percent = 0;
  route.rollout = rollout.plan.id;
  route.entry = rollout.manifest.service;
  route.timer = rollout.manifest.timer ? std::optional(rollout.manifest.timer->unit) : std::nullopt;
  route.count_all = rollout.manifest.count_all;
  route.repeatable = rollout.manifest.program.repeatable;
  route.fallback = rollout.manifest.program.repeatable;
}

// What the version that was replaced could not deliver is delivered now, when it can be: before the slot is
// used again it must be.
Status flush_outgoing(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  if (rollout.plan.first()) return {};
  const Slot outgoing = other(rollout.plan.target);
  WX_LET(const bool idle, wait_idle(run, outgoing, Micros::zero()));
  if (!idle) return {};
  const auto flushed = flush_slot(rollout.ports, rollout.layout, outgoing, run.pulse, Micros::zero());
  if (flushed) return {};
  return rollout.note(flushed.error().message + "; it is tried again before the slot is used", run.index);
}

}  // namespace

Result<std::string> cutover_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  WX_TRY(rollout.releases.verify(rollout.plan.to.id));
  WX_LET(auto generation, rollout.generations.current());
  if (!generation) return Error{Code::bug, "cutover before install"};
  WX_TRY(arm_deadman(rollout, run.spec.confirm_within));
  if (generation->route.active != rollout.plan.target) WX_TRY(quiet_candidate(run, *generation));
  WX_LET(const auto former, former_timer(rollout));
  take_over(*generation, rollout);
  const Micros begin = rollout.ports.clock.monotonic();
  WX_LET(const std::uint64_t number, rollout.generations.commit(*generation));
  WX_TRY(settle_shared_units(rollout, former));
  const auto switched = (rollout.ports.clock.monotonic() - begin).count() / 1000;
  WX_TRY(rollout.journal.append("measure", run.index, {{"switched_ms", std::to_string(switched)}}));
  WX_TRY(rollout.note(std::string(to_string(rollout.plan.target)) + " is active since generation " +
                          std::to_string(number) + ", switched in " + std::to_string(switched) + " ms",
                      run.index));
  if (rollout.plan.now && rollout.plan.active) WX_TRY(stop_run(rollout, *rollout.plan.active));
  if (!rollout.plan.verify) return std::string("not verified by a run: --no-run");
  const bool back = rollout.plan.strategy == "rollback";
  if (!rollout.manifest.program.repeatable && !back)
    WX_TRY(rollout.note(
        "a program that is not repeatable is not run unasked: its next activation verifies it", run.index));
  WX_LET(const auto proof, verify_by_run({rollout.ports, rollout.layout, rollout.manifest,
                                          rollout.plan.target, number, run.started, run.pulse, !back}));
  if (!proof && back) {
    const auto next = next_activation(rollout.ports, rollout.manifest);
    return "it is not repeatable, so its next activation verifies it" +
           (next ? ", at " + format_instant(*next) : std::string{});
  }
  if (!proof) return Error{Code::bug, "nothing verified the cutover"};
  const auto verified = (rollout.ports.clock.monotonic() - begin).count() / 1000;
  WX_TRY(rollout.journal.append("measure", run.index, {{"verified_ms", std::to_string(verified)}}));
  return "verified by a run (" + proof->trigger + ") after " + std::to_string(verified) + " ms";
}

Result<std::string> reconcile_step(const StepRun& run) {
  return bring_points_home(run.rollout, run.pulse);
}

Result<std::string> confirm_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  FileSystem& files = rollout.ports.files;
  const Layout& layout = rollout.layout;
  WX_LET(const auto generation, rollout.generations.current());
  if (!generation || !generation->slot(rollout.plan.target))
    return Error{Code::bug, "confirm before install"};
  WX_TRY(make_directories(files, layout.config_dir, 0700));
  const auto& config = generation->slot(rollout.plan.target)->config_source;
  if (config && !is_theirs(rollout.journal, layout.live_config()))
    WX_TRY(replace_file(files, layout.live_config(), *config, 0600));
  if (!is_theirs(rollout.journal, layout.manifest()))
    WX_TRY(replace_file(files, layout.manifest(), rollout.manifest_text, 0600));
  Systemd& systemd = rollout.ports.systemd;
  WX_LET(const JobResult job, systemd.stop(layout.deadman_timer(), job_wait));
  if (job != JobResult::done)
    return Error{Code::failed, "cannot stop " + layout.deadman_timer() + ": its job ended as " +
                                   std::string(to_string(job))};
  WX_TRY(disable_unit(rollout.ports, layout, layout.deadman_timer()));
  Leases leases(rollout.ports, layout);
  WX_TRY(leases.end());
  WX_TRY(disable_unit(rollout.ports, layout, layout.resume_unit()));
  WX_TRY(rollout.generations.prune(generations_kept));
  static_cast<void>(flush_outgoing(run));
  return "release " + generation->slot(rollout.plan.target)->version + " stays";
}

}  // namespace wx
