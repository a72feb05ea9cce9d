// A stored rollout, ready to be worked with.
#pragma once

#include <memory>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/context.hpp"

namespace wx {

// The context of a stored rollout. The caller holds the lock when it means to write.
Result<std::unique_ptr<RolloutContext>> open_rollout(Ports& ports, const Layout& layout,
                                                     const std::string& id, const UnitContext& units);

}  // namespace wx
