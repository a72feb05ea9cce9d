// The built-in check `drift`: is the host still as it was deployed?
#pragma once

#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/builtin_checks.hpp"
#include "orchestrator/engine/foreign.hpp"

namespace wx {

// Files that differ from what the rollout of the present generation left; none where no rollout made it.
// Those that the next rollout writes anew in any case do not count. `undecided` when that rollout kept no
// record.
Result<std::vector<ForeignFile>> drifted_between_rollouts(Ports& ports, const Layout& layout,
                                                          const Manifest& manifest, const Route& route);

// Files of ours and of others against the record of the rollout that made the present generation, what the
// manager has read of them, and the program of a run in progress against its release.
void check_drift(const BuiltinScope& scope, CheckResult& result);

}  // namespace wx
