// Checks of the machine and of files that preflight, validate and doctor have in common. Looks only.
#pragma once

#include <optional>

#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/check_result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// A user manager ends with the last session unless its user lingers; `needed`: something lasts longer.
void check_linger(const Ports& ports, bool needed, CheckResult& result);
// The clock is kept in step with others, and has not gone back behind `newest`, which it gave out earlier.
void check_clock(const Ports& ports, std::optional<WallTime> newest, CheckResult& result);
// Room on every disk that is written to, against limits.disk; less than twice that much is a warning.
void check_disk(const Ports& ports, const Layout& layout, const Manifest& manifest, CheckResult& result);
// Secrets, configs and tokens are for their owner alone. Others may read a config: that is a warning.
void check_private(const Ports& ports, const Layout& layout, const Manifest& manifest, CheckResult& result);

}  // namespace wx
