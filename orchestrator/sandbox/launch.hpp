// Starting the processes of a sandbox, each in its cgroup from its first instruction.
#pragma once

#include <csignal>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/sandbox/environment.hpp"

namespace wx::sandbox {

// A long-running part of the sandbox's frame: session of its own, standard streams off the terminal, default
// signals.
struct Daemon {
  std::vector<std::string> argv;  // argv[0] is an absolute path
  Environment environment;
  std::string cgroup;
  std::string directory;
  std::string log;                // receives stdout and stderr
  std::vector<int> sockets = {};  // handed over as by socket activation
};

// The person's command: it keeps the standard streams, terminal, working directory and dispositions of the
// caller.
struct Command {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH of `environment`
  Environment environment;
  std::string cgroup;
  sigset_t signal_mask;
  mode_t umask;
};

// The new process id. What fails in the new process is told on stderr (or in the log) and by status 127 or
// 126.
Result<pid_t> launch(const Daemon& daemon);
Result<pid_t> launch(const Command& command);

}  // namespace wx::sandbox
