// What the dead-man is to take back.
#pragma once

#include <optional>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

// The rollout in progress whose lease has run out; none while it is renewed. A lease that nobody can read speaks for whatever is in
// progress, one of a rollout that has ended for nothing; when nothing is in progress it is removed. Needs no lock.
Result<std::optional<RolloutView>> forsaken_rollout(Ports& ports, const Layout& layout);

}  // namespace wx
