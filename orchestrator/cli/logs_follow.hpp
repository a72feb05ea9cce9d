// logs --follow: what both slots and the entry log, as it comes.
#pragma once

#include <optional>

#include "common/core/result.hpp"
#include "orchestrator/cli/installed.hpp"

namespace wx {

// Lines since `since`, else the last ten, then those that come, until a signal comes or nobody reads them any
// more.
Result<int> follow_logs(const World& world, const Installed& installed, std::optional<WallTime> since);

}  // namespace wx
