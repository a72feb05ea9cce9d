#include "orchestrator/sandbox/events.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "orchestrator/sandbox/os_error.hpp"
#include "orchestrator/sandbox/sockets.hpp"

namespace wx::sandbox {
namespace {

int milliseconds_until(Deadline deadline) {
  if (!deadline) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

std::optional<ChildEnded> reap() {
  int status = 0;
  const pid_t pid = ::waitpid(-1, &status, WNOHANG);
  if (pid <= 0) return std::nullopt;
  return ChildEnded{pid, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
}

}  // namespace

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&set, number);
  return set;
}

Result<Events> Events::create(std::vector<int> sockets) {
  auto set = stop_signals();
  ::sigaddset(&set, SIGCHLD);
  UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid()) return os_error("cannot receive signals");
  return Events(std::move(signals), std::move(sockets));
}

std::optional<StopRequested> Events::read_signal() {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  const auto number = static_cast<int>(info.ssi_signo);
  const bool typed = info.ssi_code == SI_KERNEL && (number == SIGINT || number == SIGQUIT);
  if (number == SIGCHLD || typed) return std::nullopt;
  return StopRequested{number};
}

Event Events::next(Deadline deadline) {
  std::vector<pollfd> watched{{signals_.get(), POLLIN, 0}};
  for (const int socket : sockets_) watched.push_back({socket, POLLIN, 0});
  while (true) {
    if (const auto ended = reap()) return *ended;
    if (::poll(watched.data(), watched.size(), milliseconds_until(deadline)) == 0) return TimedOut{};
    for (const auto& ready : watched) {
      if ((ready.revents & POLLIN) == 0) continue;
      if (ready.fd != signals_.get()) return Message{ready.fd, receive(ready.fd)};
      if (const auto stop = read_signal()) return *stop;
    }
  }
}

}  // namespace wx::sandbox
