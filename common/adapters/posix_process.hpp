// Process by posix_spawn-like fork and exec; the child leads a process group of its own, which is killed at the time-out.
#pragma once

#include <memory>

#include "common/ports/process.hpp"

namespace wx {

std::unique_ptr<Process> make_posix_process();

}  // namespace wx
