// Starting a oneshot unit and waiting for its end without falling silent: the lease must be renewed meanwhile.
#pragma once

#include <functional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// `pulse` is called at least every half second. JobResult::limit when it has not ended after `limit`; it goes on then.
Result<JobResult> start_and_wait(Ports& ports, const std::string& unit, Micros limit,
                                 const std::function<Status()>& pulse);

}  // namespace wx
