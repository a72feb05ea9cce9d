#include "orchestrator/engine/steps.hpp"

namespace wx {

namespace {

constexpr Micros poll{50'000};

}  // namespace

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
  Ports& ports = run.rollout.ports;
  const std::string unit = instance_name(run.rollout.manifest.service, to_string(slot));
  const Micros deadline = ports.clock.monotonic() + drain;
  while (true) {
    WX_LET(const UnitState state, ports.systemd.unit(unit));
    if (state.active_state != "activating" && state.active_state != "deactivating" && state.active_state != "active") return true;
    if (ports.clock.monotonic() >= deadline) return false;
    WX_TRY(run.pulse());
    ports.clock.sleep(poll);
  }
}

}  // namespace wx
