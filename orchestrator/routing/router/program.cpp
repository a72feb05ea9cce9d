#include "orchestrator/routing/router/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

namespace wx {
namespace {

constexpr std::size_t tail_bytes = std::size_t{8} * 1024;

struct Pipe {
  Fd read;
  Fd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  return {Fd(ends[0]), Fd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const auto& text : texts)
    result.push_back(const_cast<char*>(text.c_str()));  // exec(3) does not write to them
  result.push_back(nullptr);
  return result;
}

// How posix_spawn(3) shall start the program: less is copied than by fork(2).
class SpawnSetup {
 public:
  SpawnSetup(const ProgramOrder& order, const sigset_t& mask, int output) {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&actions_);
    int flags = POSIX_SPAWN_SETSIGMASK;
    if (order.own_group) flags |= POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    ::posix_spawnattr_setsigmask(&attributes_, &mask);
    error_ = ::posix_spawn_file_actions_addchdir_np(&actions_, order.cwd.c_str());
    if (output < 0) return;
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
      if (error_ == 0) error_ = ::posix_spawn_file_actions_adddup2(&actions_, output, stream);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // 0, or why there is no such process.
  [[nodiscard]] int spawn(pid_t& pid, char* const* argv, char* const* environment) const {
    if (error_ != 0) return error_;
    return ::posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv, environment);
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
  int error_ = 0;
};

ProgramOutcome not_started(std::string why, int exit_status) {
  ProgramOutcome outcome;
  outcome.exit_status = exit_status;
  outcome.error = std::move(why);
  return outcome;
}

ProgramOutcome not_spawned(const ProgramOrder& order, int error) {
  const bool directory = ::access((order.cwd + "/.").c_str(), X_OK) != 0;
  const auto what =
      directory ? "cannot enter the directory " + order.cwd : "cannot run " + order.argv.front();
  return not_started(what + ": " + std::strerror(error), error == ENOENT && !directory ? 127 : 126);
}

std::int64_t cpu_milliseconds(const rusage& usage) {
  const auto part = [](const timeval& time) { return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec; };
  return (part(usage.ru_utime) + part(usage.ru_stime)) / 1000;
}

class Child {
 public:
  Child(const ProgramOrder& order, pid_t pid, Micros begin, Fd output)
      : order_(order), pid_(pid), begin_(begin), output_(std::move(output)) {}

  ProgramOutcome watch(const SignalInbox& inbox, const std::function<void(int)>& before_signal) {
    while (!reap()) {
      const auto elapsed = monotonic_now() - begin_;
      enforce_timeout(elapsed);
      wait_for_news(inbox, elapsed);
      while (const auto signal = inbox.take()) {
        if (*signal == SIGCHLD) continue;
        before_signal(*signal);
        send(*signal);
      }
      copy_output();
    }
    outcome_.duration = monotonic_now() - begin_;
    copy_output();
    if (order_.own_group) ::kill(-pid_, SIGKILL);
    return std::move(outcome_);
  }

 private:
  bool reap() {
    int status = 0;
    rusage usage{};
    if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) return false;
    if (WIFSIGNALED(status)) outcome_.signal = WTERMSIG(status);
    if (WIFEXITED(status)) outcome_.exit_status = WEXITSTATUS(status);
    outcome_.memory_peak_bytes = std::int64_t{usage.ru_maxrss} * 1024;
    outcome_.cpu_ms = cpu_milliseconds(usage);
    return true;
  }

  void send(int signal) const { ::kill(order_.own_group ? -pid_ : pid_, signal); }

  void enforce_timeout(Micros elapsed) {
    if (!order_.timeout || elapsed < *order_.timeout) return;
    if (!outcome_.timed_out) {
      outcome_.timed_out = true;
      send(SIGTERM);
    } else if (elapsed >= *order_.timeout + order_.stop_grace) {
      send(SIGKILL);
    }
  }

  void wait_for_news(const SignalInbox& inbox, Micros elapsed) const {
    std::array<pollfd, 2> wanted{pollfd{inbox.fd(), POLLIN, 0}, pollfd{output_.get(), POLLIN, 0}};
    int timeout = -1;
    if (order_.timeout) {
      const auto end = outcome_.timed_out ? *order_.timeout + order_.stop_grace : *order_.timeout;
      const auto left = std::chrono::ceil<Millis>(std::max(end - elapsed, Micros{10'000})).count();
      timeout = static_cast<int>(std::min<std::int64_t>(left, INT_MAX));
    }
    ::poll(wanted.data(), wanted.size(), timeout);
  }

  void copy_output() {
    if (!output_) return;
    std::array<char, 8192> chunk;
    for (;;) {
      const auto count = ::read(output_.get(), chunk.data(), chunk.size());
      if (count < 0) return;
      if (count == 0) return output_.reset();
      const auto size = static_cast<std::size_t>(count);
      (void)!::write(STDOUT_FILENO, chunk.data(), size);
      outcome_.tail.append(chunk.data(), size);
      if (outcome_.tail.size() > tail_bytes) outcome_.tail.erase(0, outcome_.tail.size() - tail_bytes);
    }
  }

  const ProgramOrder& order_;
  pid_t pid_;
  Micros begin_;
  Fd output_;
  ProgramOutcome outcome_;
};

}  // namespace

ProgramOutcome run_program(const ProgramOrder& order, const SignalInbox& inbox,
                           const std::function<void(int)>& before_signal) {
  const auto argv = pointers(order.argv);
  const auto environment = pointers(order.environment);
  auto output = order.keep_tail ? make_pipe() : Pipe{};
  if (order.keep_tail && !output.read)
    return not_started(system_error("cannot make a pipe for " + order.argv.front(), errno).message, 126);
  const auto begin = monotonic_now();
  pid_t pid = 0;
  const SpawnSetup setup(order, inbox.original_mask(), output.write.get());
  if (const int error = setup.spawn(pid, argv.data(), environment.data()); error != 0)
    return not_spawned(order, error);
  output.write.reset();
  if (output.read) ::fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
  return Child(order, pid, begin, std::move(output.read)).watch(inbox, before_signal);
}

}  // namespace wx
