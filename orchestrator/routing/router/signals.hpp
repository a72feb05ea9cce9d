// Signals as something to wait for.
#pragma once

#include <csignal>
#include <initializer_list>
#include <optional>

#include "common/ports/clock.hpp"
#include "orchestrator/routing/router/posix.hpp"

namespace wx {

constexpr bool asks_to_stop(int signal) {
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
}

// Blocks signals for this process and hands them out one by one. Make one, early, before there is a child.
class SignalInbox {
 public:
  explicit SignalInbox(std::initializer_list<int> signals);

  [[nodiscard]] int fd() const { return fd_.get(); }
  // The next signal that has arrived, if any; does not wait.
  [[nodiscard]] std::optional<int> take() const;
  // Whether one of the signals that have arrived asks to stop; takes them all.
  [[nodiscard]] bool asked_to_stop() const;
  // Wait at most `duration`; true when a signal is there.
  [[nodiscard]] bool wait(Micros duration) const;
  // For a child: the mask as it was before.
  [[nodiscard]] const sigset_t& original_mask() const { return original_; }

 private:
  sigset_t original_{};
  Fd fd_;
};

}  // namespace wx
