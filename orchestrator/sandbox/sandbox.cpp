#include "orchestrator/sandbox/sandbox.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "orchestrator/sandbox/cgroup.hpp"
#include "orchestrator/sandbox/clone.hpp"
#include "orchestrator/sandbox/events.hpp"
#include "orchestrator/sandbox/init.hpp"
#include "orchestrator/sandbox/layout.hpp"
#include "orchestrator/sandbox/os_error.hpp"
#include "orchestrator/sandbox/preflight.hpp"

namespace wx::sandbox {
namespace {

constexpr int cannot_start = 125;
constexpr std::uint64_t new_namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;

int report(const Error& error) {
  std::fprintf(stderr, "sandbox: %s\n", error.message.c_str());
  if (!error.remedy.empty()) std::fprintf(stderr, "  remedy: %s\n", error.remedy.c_str());
  return cannot_start;
}

Environment current_environment() {
  Environment result;
  for (char** entry = environ; *entry != nullptr; ++entry) result.emplace_back(*entry);
  return result;
}

Result<std::string> kept_home() {
  const char* directory = std::getenv("TMPDIR");
  auto path =
      std::string(directory != nullptr && *directory == '/' ? directory : "/tmp") + "/wxctl-sandbox-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return os_error("cannot make the directory " + path).with_remedy("see TMPDIR");
  return path;
}

// Signals are held back for as long as a sandbox stands, and read where it is convenient.
class BlockedSignals {
 public:
  BlockedSignals() {
    auto set = stop_signals();
    ::sigaddset(&set, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &set, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  [[nodiscard]] const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
};

UniqueFd process_handle(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
}

// The kernel kills us when the caller dies; if it died before we could ask for that, we end here.
void die_with(const UniqueFd& parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd handle{parent.get(), POLLIN, 0};
  if (::poll(&handle, 1, 0) != 0) ::_exit(cannot_start);
}

// Pass stop signals on until the first process of the sandbox has ended.
Result<int> wait_for(pid_t init) {
  WX_LET(auto events, Events::create({}));
  while (true) {
    const auto event = events.next(std::nullopt);
    if (const auto* ended = std::get_if<ChildEnded>(&event); ended != nullptr && ended->pid == init)
      return ended->status;
    if (const auto* stop = std::get_if<StopRequested>(&event)) ::kill(init, stop->signal);
  }
}

Result<int> run(const SandboxOptions& options, const std::string& home) {
  const auto started = std::chrono::steady_clock::now();
  WX_TRY(check_prerequisites());
  const BlockedSignals blocked;
  WX_LET(auto cgroup, CgroupDirectory::create());
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const InitOptions init{.argv = options.argv,
                         .caller_environment = current_environment(),
                         .home = home,
                         .verbose = options.verbose,
                         .started = started,
                         .caller_mask = blocked.before(),
                         .caller_umask = mask};
  const UniqueFd self = process_handle(::getpid());
  if (!self.valid()) return os_error("cannot watch the calling process");
  auto pid = clone_into(cgroup.fd(), new_namespaces);
  if (pid && *pid == 0) {
    die_with(self);
    const auto status = run_init(init);
    ::_exit(status ? *status : report(status.error()));
  }
  auto status = pid ? wait_for(*pid) : Result<int>(pid.error());
  cgroup.remove();
  return status;
}

}  // namespace

int run_sandbox(const SandboxOptions& options) {
  if (options.argv.empty())
    return report(Error{Code::invalid, "no command is given", "wxctl sandbox -- COMMAND"});
  std::string home = temporary_home;
  if (options.keep) {
    auto kept = kept_home();
    if (!kept) return report(kept.error());
    home = *kept;
  }
  const auto status = run(options, home);
  const int result = status ? *status : report(status.error());
  if (options.keep) std::fprintf(stderr, "sandbox: its HOME is kept in %s\n", home.c_str());
  return result;
}

}  // namespace wx::sandbox
