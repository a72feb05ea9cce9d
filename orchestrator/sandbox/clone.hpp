// clone3(2), for which the C library has no function.
#pragma once

#include <cstdint>

#include "common/core/result.hpp"

namespace wx::sandbox {

// Like fork(), with the namespaces in `flags` new, the child born in the cgroup whose directory is open as
// `cgroup`. Writing to cgroup.procs instead would cost 6 to 14 ms for each process: the kernel waits for a
// grace period. Only for callers without other threads.
Result<pid_t> clone_into(int cgroup, std::uint64_t flags);

}  // namespace wx::sandbox
