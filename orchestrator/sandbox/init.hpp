// The first process of a sandbox: it builds the frame, runs the command in it and ends it.
#pragma once

#include <chrono>
#include <csignal>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/sandbox/launch.hpp"

namespace wx::sandbox {

struct InitOptions {
  std::vector<std::string> argv;
  Environment caller_environment;
  std::string home;
  bool verbose = false;
  std::chrono::steady_clock::time_point started;
  sigset_t caller_mask;
  mode_t caller_umask;
};

// The command's exit status (as run_sandbox tells it), or why the frame could not be built. Runs as process 1
// of new mount, pid, ipc and uts namespaces, at the root of the sandbox's cgroup directory, with the stop
// signals and SIGCHLD blocked.
Result<int> run_init(const InitOptions& options);

}  // namespace wx::sandbox
