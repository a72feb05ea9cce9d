#include "collector/signals.hpp"

#include <atomic>
#include <csignal>

namespace wx::collector {
namespace {

// A signal handler can reach nothing but an object of static lifetime.
std::atomic<bool> requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void remember(int /*signal*/) {
  requested = true;
}

}  // namespace

void catch_termination() {
  struct sigaction action {};
  action.sa_handler = remember;  // without SA_RESTART: waits end at once
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // Neither a connection nor a pipe that went away may end the program in the middle of a write.
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

bool termination_requested() {
  return requested;
}

}  // namespace wx::collector
