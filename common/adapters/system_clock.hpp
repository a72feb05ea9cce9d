// The machine's clocks. sleep() returns early when the process has caught SIGINT or SIGTERM.
#pragma once

#include <memory>
#include <optional>

#include "common/ports/clock.hpp"

namespace wx {

std::unique_ptr<Clock> make_system_clock();

// Whether something keeps the machine's clock in step with others, whatever it is (timesyncd, chrony, …): the
// kernel's word. Nothing where it may not be asked.
std::optional<bool> kernel_clock_synchronised();

}  // namespace wx
