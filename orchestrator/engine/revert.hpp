// Taking a rollout back: the undo of all its steps, from its record alone. Needs neither network, store,
// playbook nor the new release. Idempotent: after a crash it is simply done again.
#pragma once

#include <functional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/context.hpp"

namespace wx {

struct RevertRequest {
  RolloutContext& rollout;  // journaled here
  std::string
      taken_back;  // the rollout whose record is restored: this one, or the promoted one for a later rollback
  std::string reason;
  Micros begun{};              // monotonic time at which the command was given, for switched_ms
  WallTime since{};            // when it was given first, before any crash: runs from before verify nothing
  bool verify = true;          // have the old version verified by a run when it had been replaced
  bool verify_always = false;  // also when it had not been replaced
  std::function<Status()> pulse;
  bool now = false;            // a run of the failed release that is in progress is stopped
};

struct Reverted {
  std::optional<std::int64_t> switched_ms;
  std::optional<std::int64_t> verified_ms;
  std::string message;
};

// Code::person when the old version could not be restored or does not do its work.
Result<Reverted> revert(const RevertRequest& request);

// Stop the run of that slot that is in progress, if one is: `rollback --now`.
Status stop_run(RolloutContext& rollout, Slot slot);

}  // namespace wx
