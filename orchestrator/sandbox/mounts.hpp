// What processes in the sandbox see instead of the host's /run, /var/log, /proc and cgroups.
#pragma once

#include "common/core/result.hpp"

namespace wx::sandbox {

// Build it. To be called as the first process of new mount, pid and cgroup namespaces; nothing of it reaches
// the host.
Status mount_private_directories();

}  // namespace wx::sandbox
