// What runs of a slot at this moment: systemd's word for the main process, /proc's for the program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

struct RunningProgram {
  std::uint32_t pid = 0;
  std::string main;        // executable of the unit's main process: wxctl-router
  std::string executable;  // of the program it runs, empty before and after; " (deleted)" behind it when its
                           // file is gone
  std::vector<std::string> argv;  // of the program
};

// None when no run of that unit is in progress.
Result<std::optional<RunningProgram>> running_program(Ports& ports, const std::string& unit);

// Why this is not a run of a release below `release_dir`, started by a pinned router; empty when it is.
std::string not_of_release(const RunningProgram& program, const Layout& layout,
                           const std::string& release_dir);

}  // namespace wx
