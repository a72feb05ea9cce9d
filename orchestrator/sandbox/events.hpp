// What the first process of a sandbox waits for.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/sandbox/unique_fd.hpp"

namespace wx::sandbox {

struct ChildEnded {
  pid_t pid = 0;
  int status = 0;  // its exit status, 128+N when it died of signal N
};
struct StopRequested {
  int signal = 0;
};
struct Message {
  int socket = -1;
  std::string text;
};
struct TimedOut {};
using Event = std::variant<ChildEnded, StopRequested, Message, TimedOut>;
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// The signals that ask a sandbox to stop.
sigset_t stop_signals();

class Events {
 public:
  // The stop signals and SIGCHLD must be blocked. `sockets` stay the caller's.
  static Result<Events> create(std::vector<int> sockets);
  // A Ctrl-C reached the command through the terminal already and is up to it: that is no StopRequested.
  Event next(Deadline deadline);

 private:
  Events(UniqueFd signals, std::vector<int> sockets)
      : signals_(std::move(signals)), sockets_(std::move(sockets)) {}
  std::optional<StopRequested> read_signal();

  UniqueFd signals_;
  std::vector<int> sockets_;
};

}  // namespace wx::sandbox
