// The generation in use, as somebody else may have changed it: the link that names it, and the files below it
// that follow from others.
#pragma once

#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/foreign.hpp"

namespace wx {

// For the engine that drives the rollout: another version might render the same generation otherwise.
Result<std::vector<ForeignFile>> find_foreign_generation(RolloutContext& rollout);

}  // namespace wx
