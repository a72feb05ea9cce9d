#include "orchestrator/routing/router/signals.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace wx {

SignalInbox::SignalInbox(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const auto signal : signals) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, &original_);
  fd_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::optional<int> SignalInbox::take() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

bool SignalInbox::asked_to_stop() const {
  bool asked = false;
  while (const auto signal = take()) asked = asked || asks_to_stop(*signal);
  return asked;
}

bool SignalInbox::wait(Micros duration) const {
  pollfd wanted{fd_.get(), POLLIN, 0};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return ::poll(&wanted, 1, static_cast<int>(milliseconds)) > 0;
}

}  // namespace wx
