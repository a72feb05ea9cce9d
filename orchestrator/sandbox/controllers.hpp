// Cgroup controllers inside a sandbox.
#pragma once

#include "common/core/result.hpp"

namespace wx::sandbox {

// Move the calling process from the root of the sandbox's cgroups to init.scope, and hand on whatever
// controllers the host has (none where they belong to cgroup v1), so that units have their memory accounting
// and limits.
Status leave_root_cgroup();

}  // namespace wx::sandbox
