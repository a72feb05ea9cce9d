// Whether a slot's unit is at work.
#pragma once

#include <functional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// A run of that (oneshot) unit is in progress.
bool is_at_work(const UnitState& unit);

// Wait until no run of `unit` is in progress, at most `longest`; true when it is idle. `pulse` is called while it waits and may
// end that.
Result<bool> idle_within(Ports& ports, const std::string& unit, Micros longest, const std::function<Status()>& pulse);

}  // namespace wx
