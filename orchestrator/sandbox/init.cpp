#include "orchestrator/sandbox/init.hpp"

#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdio>
#include <optional>
#include <string_view>

#include "orchestrator/sandbox/controllers.hpp"
#include "orchestrator/sandbox/events.hpp"
#include "orchestrator/sandbox/frame.hpp"
#include "orchestrator/sandbox/layout.hpp"
#include "orchestrator/sandbox/mounts.hpp"
#include "orchestrator/sandbox/os_error.hpp"

namespace wx::sandbox {
namespace {

using std::chrono::steady_clock;

constexpr auto command_stop_limit = std::chrono::seconds(5);  // from the signal to SIGKILL
constexpr int died_of_signal = 128;

void report_ready(steady_clock::time_point started) {
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - started);
  std::fprintf(stderr, "sandbox: ready after %lld ms\n", static_cast<long long>(elapsed.count()));
}

// A signal is the command's to answer; one that stays deaf is killed.
int wait_for_command(Events& events, pid_t command) {
  Deadline deadline;
  while (true) {
    const auto event = events.next(deadline);
    if (const auto* ended = std::get_if<ChildEnded>(&event)) {
      if (ended->pid == command) return ended->status;
    } else if (const auto* stop = std::get_if<StopRequested>(&event)) {
      ::kill(command, stop->signal);
      if (!deadline) deadline = steady_clock::now() + command_stop_limit;
    } else if (std::holds_alternative<TimedOut>(event)) {
      ::kill(command, SIGKILL);
      deadline.reset();
    }
  }
}

Result<pid_t> launch_command(const InitOptions& options) {
  return launch(Command{.argv = options.argv,
                        .environment = command_environment(options.caller_environment, options.home),
                        .cgroup = command_cgroup,
                        .signal_mask = options.caller_mask,
                        .umask = options.caller_umask});
}

}  // namespace

Result<int> run_init(const InitOptions& options) {
  if (::unshare(CLONE_NEWCGROUP) != 0) return os_error("cannot make a cgroup namespace");
  ::umask(022);
  WX_TRY(mount_private_directories());
  WX_TRY(leave_root_cgroup());
  WX_LET(auto frame, Frame::start(options.home));
  WX_LET(auto events, Events::create(frame.notify_sockets()));
  WX_LET(const auto stopped_by, frame.wait_until_ready(events));
  if (stopped_by) return died_of_signal + *stopped_by;
  if (options.verbose) report_ready(options.started);

  WX_LET(const pid_t command, launch_command(options));
  const int status = wait_for_command(events, command);
  frame.stop(events);
  return status;
}

}  // namespace wx::sandbox
