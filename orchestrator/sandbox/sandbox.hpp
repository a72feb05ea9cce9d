// `wxctl sandbox`: a private systemd user manager, session bus and journal around one command, in namespaces
// of their own (mount, pid, ipc, uts, cgroup). Files, /tmp, working directory and network are the host's.
#pragma once

#include <string>
#include <vector>

namespace wx::sandbox {

struct SandboxOptions {
  bool keep = false;              // leave the new HOME behind and say where it is
  std::vector<std::string> argv;  // the command and its arguments
  bool verbose = false;           // report on stderr how long the start took
};

// Run the command and return its exit status: its own, 128+N when it died of signal N, 127 when it does not
// exist, 126 when it cannot be executed, 125 (reason and remedy on stderr) when the sandbox itself cannot
// start. Needs root. INT, TERM, HUP and QUIT are passed on to the command; whatever ends the caller, SIGKILL
// included, ends everything inside. Call it from the main thread of a process without other threads.
int run_sandbox(const SandboxOptions& options);

}  // namespace wx::sandbox
