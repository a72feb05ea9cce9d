// One activation of an entry unit: decide, run the slot's instance, pass its result on.
#pragma once

#include <string>

#include "orchestrator/routing/outcome.hpp"

namespace wx {

// How the entry is to end. Whatever fails on the way, the active slot runs if anything can run it.
Ending run_activation(const std::string& data);

}  // namespace wx
