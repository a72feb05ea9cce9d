// Words that depend on what is installed.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/cli/complete.hpp"
#include "orchestrator/cli/world.hpp"

namespace wx {

// Apps, rollouts, releases, backups, checks, playbooks by the option or positional that takes them. Nothing, without a word,
// when there are none or they cannot be read: nobody reads errors while typing.
std::vector<Candidate> values_now(World& world, const std::string& name);

}  // namespace wx
