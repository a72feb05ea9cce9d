// One run of a slot's program in this process's cgroup, with its lines in the ledger: by `exec` in the
// instance, and by the router itself when there is no manager to ask.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/routing/router/app_paths.hpp"
#include "orchestrator/routing/router/signals.hpp"

namespace wx {

struct Execution {
  std::string run;  // id
  std::uint64_t generation = 0;
  Slot slot = Slot::blue;
  bool own_timeout = false;  // else the unit's time-out ends the run
};

// Appends `term` and `ran`. `inbox` must hold SIGCHLD and the signals to pass on.
Ending execute(const AppPaths& paths, const Execution& execution, const SignalInbox& inbox);

// Append to the ledger if there is one; a warning when that fails: the run is more important than its record.
void record(const AppPaths& paths, const std::string& line);

}  // namespace wx
