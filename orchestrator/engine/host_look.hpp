// A look at the host before a rollout goes on: what somebody else changed meanwhile stops it, and a person
// decides whose stays.
#pragma once

#include "common/core/result.hpp"
#include "orchestrator/domain/playbook.hpp"
#include "orchestrator/engine/context.hpp"

namespace wx {

// Steps that write, switch or judge the host are not begun on one that somebody else has changed.
bool looks_first(StepKind kind);

// True when the host is as the rollout left it, or is so again by what a person decided. False when the
// rollout waits for a person now (journaled, with masked diffs as notes); nothing was touched then.
Result<bool> settle_foreign(RolloutContext& rollout, int step);

}  // namespace wx
