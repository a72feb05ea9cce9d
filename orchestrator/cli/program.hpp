// The command line of wxctl: what it takes, which verb does it.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/cli/world.hpp"

namespace wx {

// Parse and run; answers the exit status. `arguments` without the program's name.
int run_wxctl(World& world, const std::vector<std::string>& arguments);

}  // namespace wx
