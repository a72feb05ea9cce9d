// The machine's clocks. sleep() returns early when the process has caught SIGINT or SIGTERM.
#pragma once

#include <memory>

#include "common/ports/clock.hpp"

namespace wx {

std::unique_ptr<Clock> make_system_clock();

}  // namespace wx
