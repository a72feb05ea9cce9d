// What stands around the command: journald and the user manager.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/sandbox/events.hpp"
#include "orchestrator/sandbox/unique_fd.hpp"

namespace wx::sandbox {

class Frame {
 public:
  // Both start at the same time: journald gets sockets that exist already, so the manager need not wait for
  // it.
  static Result<Frame> start(const std::string& home);

  [[nodiscard]] std::vector<int> notify_sockets() const {
    return {journald_socket_.get(), manager_socket_.get()};
  }
  // Nothing once all units of the start are up and the bus answers, or the signal that ended the wait. What
  // the daemons said last is part of an error.
  Result<std::optional<int>> wait_until_ready(Events& events) const;
  // Ask the manager to exit, so that ExecStop= of units runs. Bounded; another stop signal ends the wait.
  void stop(Events& events) const;

 private:
  UniqueFd journald_socket_;
  UniqueFd manager_socket_;
  pid_t journald_ = -1;
  pid_t manager_ = -1;
};

}  // namespace wx::sandbox
