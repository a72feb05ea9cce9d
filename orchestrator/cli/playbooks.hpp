// Finding playbooks: those of the package by name, others by file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cli/world.hpp"

namespace wx {

using Settings = std::vector<std::pair<std::string, std::string>>;

// Names, sorted; empty without a package around the program.
std::vector<std::string> shipped_playbooks(const World& world);
// The file of a shipped one; `invalid` with "did you mean" for an unknown name.
Result<std::string> shipped_playbook(const World& world, const std::string& name);
// --set NAME=VALUE, as typed.
Result<Settings> parse_settings(const std::vector<std::string>& texts);

}  // namespace wx
