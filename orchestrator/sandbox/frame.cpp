#include "orchestrator/sandbox/frame.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "common/core/text.hpp"
#include "orchestrator/sandbox/launch.hpp"
#include "orchestrator/sandbox/layout.hpp"
#include "orchestrator/sandbox/os_error.hpp"
#include "orchestrator/sandbox/sockets.hpp"

namespace wx::sandbox {
namespace {

using std::chrono::steady_clock;

constexpr auto start_limit = std::chrono::seconds(20);
constexpr auto stop_limit = std::chrono::seconds(5);

Result<pid_t> launch_journald() {
  WX_LET(const auto stream, bound_socket(journal_stream_socket, SOCK_STREAM));
  WX_LET(const auto datagrams, bound_socket(journal_datagram_socket, SOCK_DGRAM));
  return launch(Daemon{
      .argv = {journald_program},
      .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", std::string("NOTIFY_SOCKET=") + journald_notify},
      .cgroup = journald_cgroup,
      .directory = "/",
      .log = journald_log,
      .sockets = {stream.get(), datagrams.get()}});
}

Result<pid_t> launch_manager(const std::string& home) {
  auto environment = manager_environment(home);
  environment.push_back(std::string("NOTIFY_SOCKET=") + manager_notify);
  return launch(Daemon{.argv = {manager_program, "--user", "--log-target=journal"},
                       .environment = std::move(environment),
                       .cgroup = manager_cgroup,
                       .directory = home,
                       .log = manager_log});
}

std::string last_words(const char* log) {
  const UniqueFd in(::open(log, O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> buffer{};
  const auto count = in.valid() ? ::read(in.get(), buffer.data(), buffer.size()) : 0;
  if (count <= 0) return "it said nothing";
  return printable(std::string_view(buffer.data(), static_cast<std::size_t>(count)), buffer.size());
}

Error ended_at_once(const char* program, int status, const char* log) {
  return Error{
      Code::unavailable,
      std::string(program) + " ended at once with status " + std::to_string(status) + ": " + last_words(log),
      "see whether it starts by hand; the packages systemd and dbus-user-session must be of the same "
      "release"};
}

// A user manager says READY=1 at basic.target already; this is its word for "all jobs of the start are done".
bool says_started(std::string_view message) {
  return message.find("STATUS=Ready.") != std::string_view::npos;
}
bool says_ready(std::string_view message) {
  return message.find("READY=1") != std::string_view::npos;
}

}  // namespace

Result<Frame> Frame::start(const std::string& home) {
  Frame frame;
  WX_LET(frame.journald_socket_, bound_socket(journald_notify, SOCK_DGRAM));
  WX_LET(frame.manager_socket_, bound_socket(manager_notify, SOCK_DGRAM));
  WX_LET(frame.journald_, launch_journald());
  WX_LET(frame.manager_, launch_manager(home));
  return frame;
}

Result<std::optional<int>> Frame::wait_until_ready(Events& events) const {
  const Deadline deadline = steady_clock::now() + start_limit;
  bool journald_ready = false;
  bool manager_ready = false;
  while (!journald_ready || !manager_ready) {
    const auto event = events.next(deadline);
    if (const auto* message = std::get_if<Message>(&event)) {
      if (message->socket == journald_socket_.get()) journald_ready |= says_ready(message->text);
      if (message->socket == manager_socket_.get()) manager_ready |= says_started(message->text);
    } else if (const auto* ended = std::get_if<ChildEnded>(&event)) {
      if (ended->pid == journald_) return ended_at_once(journald_program, ended->status, journald_log);
      if (ended->pid == manager_) return ended_at_once(manager_program, ended->status, manager_log);
    } else if (const auto* stop = std::get_if<StopRequested>(&event)) {
      return std::optional(stop->signal);
    } else {
      return Error{Code::timeout, "the user manager was not ready after 20 s: " + last_words(manager_log),
                   "the machine may be overloaded: try again"};
    }
  }
  return std::optional<int>{};
}

void Frame::stop(Events& events) const {
  ::kill(manager_, SIGTERM);
  const Deadline deadline = steady_clock::now() + stop_limit;
  while (true) {
    const auto event = events.next(deadline);
    const auto* ended = std::get_if<ChildEnded>(&event);
    if (ended != nullptr && ended->pid == manager_) return;
    if (std::holds_alternative<StopRequested>(event) || std::holds_alternative<TimedOut>(event)) return;
  }
}

}  // namespace wx::sandbox
