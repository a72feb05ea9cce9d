#include "orchestrator/engine/idle.hpp"
#include "orchestrator/engine/steps.hpp"

namespace wx {

Result<std::string> run_step(const StepRun& run) {
  switch (run.spec.kind) {
    case StepKind::preflight: return preflight_step(run);
    case StepKind::backup: return backup_step(run);
    case StepKind::install: return install_step(run);
    case StepKind::configure: return configure_step(run);
    case StepKind::gate: return gate_step(run);
    case StepKind::route: return route_step(run);
    case StepKind::soak: return soak_step(run);
    case StepKind::cutover: return cutover_step(run);
    case StepKind::confirm: return confirm_step(run);
    case StepKind::analyze: return analyze_step(run);
    case StepKind::reconcile: return reconcile_step(run);
    case StepKind::run: return command_step(run);
    case StepKind::notify: return run.spec.message;
    case StepKind::pause: break;
  }
  return Error{Code::bug, "the step " + std::string(to_string(run.spec.kind)) + " is not run"};
}

Result<bool> wait_idle(const StepRun& run, Slot slot, Micros drain) {
  return idle_within(run.rollout.ports, instance_name(run.rollout.manifest.service, to_string(slot)), drain, run.pulse);
}

}  // namespace wx
