// What a deployment would do, told without doing it.
#pragma once

#include "orchestrator/cli/world.hpp"
#include "orchestrator/engine/deploy.hpp"

namespace wx {

// Steps with undos and what is to be expected of each, warnings, who stands in the way, fitness of the
// machine, diffs of config and unit files; changes nothing.
Status show_plan(const World& world, const Layout& layout, const PreparedRollout& rollout);

}  // namespace wx
