// Emptying the idle slot.
#pragma once

#include <functional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// Have `program.flush` empty the idle slot's spool, then remove its state and, where no slot names it, its release. A sentence on
// what was done; `failed` when the spool cannot be emptied,
// `impossible` while a run of that slot is in progress: everything stays. The caller holds the app's lock.
Result<std::string> clean_idle_slot(Ports& ports, const Layout& layout, const std::function<Status()>& pulse);

}  // namespace wx
