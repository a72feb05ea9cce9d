// A check: a program of a release that is not yet proven, run with the settings of the run's unit, measured
// for wxctl.
#pragma once

#include <string>

#include "orchestrator/routing/router/app_paths.hpp"
#include "orchestrator/routing/router/signals.hpp"

namespace wx {

// Needs a valid ticket with an order; writes its result file and leaves no line in the ledger.
Ending exec_check(const AppPaths& paths, const std::string& instance, const SignalInbox& inbox);

}  // namespace wx
