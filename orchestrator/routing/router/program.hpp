// Running the program of a slot as a child: signals passed on, resources measured.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/ports/clock.hpp"
#include "orchestrator/routing/router/signals.hpp"

namespace wx {

struct ProgramOrder {
  std::vector<std::string> argv;  // without a slash in argv[0] it is looked up in PATH
  std::string cwd;
  std::vector<std::string> environment;  // KEY=VALUE, complete
  std::optional<Micros> timeout;         // none: whoever started us watches the time
  Micros stop_grace{2'000'000};          // from SIGTERM at the time-out to SIGKILL
  bool own_group =
      false;  // signals go to all that the program started; what is left of them is killed at the end
  bool keep_tail = false;  // copy the output to our stdout and keep its end
};

struct ProgramOutcome {
  int exit_status = 0;  // 127: no such program, 126: cannot be executed
  int signal = 0;
  bool timed_out = false;  // by the time-out of the order
  Micros duration{};
  std::int64_t memory_peak_bytes =
      0;  // the largest of its processes; not less than what this program has itself
  std::int64_t cpu_ms = 0;
  std::string error;  // why it could not be started, naming the file
  std::string tail;
};

// `inbox` must hold SIGCHLD and the signals to pass on; `before_signal` is called before one is.
ProgramOutcome run_program(const ProgramOrder& order, const SignalInbox& inbox,
                           const std::function<void(int)>& before_signal);

}  // namespace wx
