// Ctrl-C and the like, for verbs that look for them when it suits.
#pragma once

#include <csignal>
#include <ctime>

#include "common/ports/clock.hpp"

namespace wx {

// SIGINT, SIGTERM and SIGHUP of this thread wait to be asked for while this lives.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigemptyset(&wanted_);
    sigaddset(&wanted_, SIGINT);
    sigaddset(&wanted_, SIGTERM);
    sigaddset(&wanted_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &wanted_, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

  // True when a signal came within `wait`; it is forgotten then.
  [[nodiscard]] bool came(Micros wait) const {
    const timespec moment{wait.count() / 1'000'000, wait.count() % 1'000'000 * 1000};
    return sigtimedwait(&wanted_, nullptr, &moment) > 0;
  }

 private:
  sigset_t wanted_{};
  sigset_t before_{};
};

}  // namespace wx
