// The built-in check `drift`: is the host still as it was deployed?
#pragma once

#include "orchestrator/engine/builtin_checks.hpp"

namespace wx {

// Files of ours and of others against the record of the rollout that made the present generation, what the
// manager has read of them, and the program of a run in progress against its release.
void check_drift(const BuiltinScope& scope, CheckResult& result);

}  // namespace wx
