// `wxctl-router exec`: what a slot's instance runs.
#pragma once

#include <string>

#include "orchestrator/routing/outcome.hpp"

namespace wx {

// `instance` is the part of the unit's name behind @: blue, green, or blue.check, green.check.
Ending exec_instance(const std::string& data, const std::string& instance);

}  // namespace wx
