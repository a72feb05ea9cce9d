// The steps of a playbook. Each is idempotent: done again after a crash it ends in the same state. The undo of all of them
// together is revert.hpp.
#pragma once

#include <functional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/context.hpp"

namespace wx {

// What a step is given besides the rollout.
struct StepRun {
  RolloutContext& rollout;
  const StepSpec& spec;
  int index;
  WallTime started;               // when it was first begun, before any crash
  std::function<Status()> pulse;  // to be called at least every second while waiting; an error ends the step
};

// One sentence on what was done. Code::failed: the rollout is to be taken back; Code::undecided: a person decides.
Result<std::string> run_step(const StepRun& run);

Result<std::string> preflight_step(const StepRun& run);
Result<std::string> backup_step(const StepRun& run);
Result<std::string> install_step(const StepRun& run);
Result<std::string> configure_step(const StepRun& run);
Result<std::string> gate_step(const StepRun& run);
Result<std::string> route_step(const StepRun& run);
Result<std::string> soak_step(const StepRun& run);
Result<std::string> analyze_step(const StepRun& run);
Result<std::string> cutover_step(const StepRun& run);
Result<std::string> reconcile_step(const StepRun& run);
// A command of the playbook, with the settings of the slot under trial.
Result<std::string> command_step(const StepRun& run);
Result<std::string> confirm_step(const StepRun& run);

// Wait until no run of `slot` is in progress, at most `drain`; true when it is idle.
Result<bool> wait_idle(const StepRun& run, Slot slot, Micros drain);

}  // namespace wx
