// The unit closure after a rollback: the app's units and whoever needs them are as they were before, observed
// anew. A rollback that ended well says so of the host, not of its own doing.
#pragma once

#include <optional>

#include "common/core/result.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/surroundings.hpp"
#include "orchestrator/engine/units.hpp"

namespace wx {

// Starts what was active before and needs one of the units, forgets the stamps of timers that were not there,
// and compares files, enabled and active states with `restored`. What was done is noted. `failed`, naming all
// that still differs.
Status settle_closure(RolloutContext& rollout, const UnitSnapshot& restored,
                      const std::optional<Surroundings>& before);

}  // namespace wx
