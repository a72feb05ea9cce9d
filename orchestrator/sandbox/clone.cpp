#include "orchestrator/sandbox/clone.hpp"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "orchestrator/sandbox/os_error.hpp"

namespace wx::sandbox {

Result<pid_t> clone_into(int cgroup, std::uint64_t flags) {
  clone_args arguments{};
  arguments.flags = flags | CLONE_INTO_CGROUP;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid < 0)
    return os_error("cannot start a process in namespaces of its own")
        .with_remedy("the sandbox needs Linux 5.7 or later, and root outside of an unprivileged container");
  return static_cast<pid_t>(pid);
}

}  // namespace wx::sandbox
