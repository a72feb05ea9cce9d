#include "common/adapters/posix_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "common/adapters/posix_fd.hpp"
#include "common/core/text.hpp"

namespace wx {
namespace {

using Time = std::chrono::steady_clock;

constexpr std::size_t pipe_chunk = 16UL * 1024;
// What may still be in the pipe when the program has ended; more comes from a descendant that writes on.
constexpr std::size_t pipe_bytes = 1 << 20;
constexpr Micros longest_timeout = std::chrono::hours{24 * 3650};
// Without pidfd_open (a seccomp filter may forbid it) the child is looked at this often.
constexpr int fallback_poll_ms = 10;

// The last `limit` bytes of a stream.
class Tail {
 public:
  explicit Tail(std::size_t limit) : limit_(limit) {}
  void add(std::string_view data) {
    kept_ += data;
    if (kept_.size() > 2 * limit_ + pipe_chunk) trim();
  }
  std::string take() && {
    trim();
    return std::move(kept_);
  }

 private:
  void trim() {
    if (kept_.size() > limit_) kept_.erase(0, kept_.size() - limit_);
  }
  std::size_t limit_;
  std::string kept_;
};

// Not one of 0, 1, 2, which the child's own streams replace: a caller that has closed them gets those first.
Fd above_streams(Fd fd) {
  if (!fd || fd.get() > STDERR_FILENO) return fd;
  return Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

struct Pipe {
  Fd reader;
  Fd writer;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error(errno, "make", "a pipe");
  Pipe pipe{above_streams(Fd(ends[0])), above_streams(Fd(ends[1]))};
  if (!pipe.reader || !pipe.writer) return errno_error(errno, "make", "a pipe");
  return pipe;
}

// A file in memory rather than a pipe: it cannot fill up while the child waits for us to read, and a child
// that does not read it sends no SIGPIPE.
Result<Fd> open_input(const std::string& input) {
  if (input.empty()) {
    Fd null = above_streams(Fd(retry_interrupted([] { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); })));
    if (!null) return errno_error(errno, "open", "/dev/null");
    return null;
  }
  Fd memory = above_streams(Fd(::memfd_create("input", MFD_CLOEXEC)));
  if (!memory) return errno_error(errno, "make", "a file in memory");
  int number = write_fully(memory.get(), input);
  if (number == 0 && ::lseek(memory.get(), 0, SEEK_SET) != 0) number = errno;
  if (number != 0) return errno_error(number, "write", "a file in memory");
  return memory;
}

bool is_executable_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

// Relative directories in PATH are passed over: what runs must not depend on where we stand.
Result<std::string> find_program(const ProcessRequest& request) {
  const auto& name = request.argv.front();
  if (name.starts_with('/')) return name;
  if (name.empty() || name.find('/') != std::string::npos) {
    return Error{
        Code::invalid,
        "cannot run \"" + printable(name, 256) + "\": it is neither an absolute path nor a bare name",
        "name the program by its absolute path"};
  }
  for (const auto& [key, value] : request.environment) {
    if (key != "PATH") continue;
    for (const auto& directory : split(value, ':')) {
      if (!directory.starts_with('/')) continue;
      if (auto path = directory + "/" + name; is_executable_file(path)) return path;
    }
  }
  return Error{Code::not_found,
               "cannot run " + printable(name, 256) + ": no directory of PATH has such a program",
               "install it, or name it by its absolute path"};
}

Status check(const ProcessRequest& request) {
  if (request.argv.empty())
    return Error{Code::invalid, "cannot run a program without a name", "give an argv"};
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  const auto bad_variable = [&](const auto& variable) {
    return variable.first.empty() || variable.first.find('=') != std::string::npos ||
           has_nul(variable.first) || has_nul(variable.second);
  };
  if (has_nul(request.directory) || std::any_of(request.argv.begin(), request.argv.end(), has_nul)) {
    return Error{Code::invalid,
                 "cannot run " + printable(request.argv.front(), 256) + ": an argument has a NUL byte",
                 "remove it"};
  }
  // The name may be half of a secret that was split wrongly: it is not shown.
  if (std::any_of(request.environment.begin(), request.environment.end(), bad_variable)) {
    return Error{
        Code::invalid,
        "cannot run " + printable(request.argv.front(), 256) + ": a variable of its environment is malformed",
        "names are not empty and have no \"=\"; nothing has a NUL byte"};
  }
  return {};
}

// All that the child needs between fork and exec, made before: another thread may hold the lock of malloc at
// the fork.
class ExecPlan {
 public:
  ExecPlan(std::string path, const ProcessRequest& request)
      : path_(std::move(path)), directory_(request.directory), arguments_(request.argv) {
    for (const auto& [key, value] : request.environment) variables_.push_back(key + "=" + value);
    argv_ = pointers(arguments_);
    envp_ = pointers(variables_);
  }
  ExecPlan(const ExecPlan&) = delete;
  ExecPlan& operator=(const ExecPlan&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] char* const* argv() const { return argv_.data(); }
  [[nodiscard]] char* const* envp() const { return envp_.data(); }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (auto& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  }
  std::string path_;
  std::string directory_;
  std::vector<std::string> arguments_;
  std::vector<std::string> variables_;
  std::vector<char*> argv_;
  std::vector<char*> envp_;
};

// What the child tells when it could not become the program.
struct ExecFailure {
  int number = 0;
  bool in_directory = false;
};

// Runs in the child: async-signal-safe calls only.
[[noreturn]] void become(const ExecPlan& plan, int input, int output, int failure_pipe) {
  const auto give_up = [failure_pipe](bool in_directory) {
    const ExecFailure failure{errno, in_directory};
    static_cast<void>(!::write(failure_pipe, &failure, sizeof failure));
    ::_exit(127);
  };
  ::setpgid(0, 0);
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number)
    ::sigaction(number, &plain, nullptr);  // ignored ones would outlive exec
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::dup2(input, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
      ::dup2(output, STDERR_FILENO) < 0) {
    give_up(false);
  }
  // Libraries may have opened descriptors without O_CLOEXEC; on a kernel without this call nothing is lost.
  ::close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
  if (!plan.directory().empty() && ::chdir(plan.directory().c_str()) != 0) give_up(true);
  // A sibling that was forked while somebody wrote the program's file holds it open until its own exec.
  for (int attempt = 0; attempt < 50; ++attempt) {
    ::execve(plan.path().c_str(), plan.argv(), plan.envp());
    if (errno != ETXTBSY) break;
    const timespec pause{0, 2'000'000};
    ::nanosleep(&pause, nullptr);
  }
  give_up(false);
  ::_exit(127);
}

// No signal handler of ours may run in the child, which shares nothing with us but does not know it.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

// A running child; killed with its group and reaped when it is dropped.
class Child {
 public:
  // By number: <sys/pidfd.h> of glibc 2.36 declares the function with C++ linkage.
  explicit Child(pid_t pid) : pid_(pid), pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (reaped_) return;
    kill_group();
    static_cast<void>(reap());
  }

  // The pid cannot name anybody else before reap().
  void kill_group() const { ::kill(-pid_, SIGKILL); }
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }
  [[nodiscard]] bool has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }
  // Blocks until it has ended; its wait status.
  int reap() {
    int status = 0;
    rusage usage{};
    retry_interrupted([&] { return ::wait4(pid_, &status, 0, &usage); });
    reaped_ = true;
    return status;
  }

 private:
  pid_t pid_;
  Fd pidfd_;
  bool reaped_ = false;
};

// True as long as more may come.
bool read_available(int fd, Tail& tail, std::size_t limit) {
  std::array<char, pipe_chunk> chunk{};
  for (std::size_t total = 0; total < limit;) {
    const auto got = retry_interrupted([&] { return ::read(fd, chunk.data(), chunk.size()); });
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    tail.add({chunk.data(), static_cast<std::size_t>(got)});
    total += static_cast<std::size_t>(got);
  }
  return true;
}

int poll_time(const Child& child, bool timed_out, Time::time_point deadline) {
  constexpr std::int64_t longest_ms = 3'600'000;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Time::now()).count();
  const auto wait = timed_out ? longest_ms : std::clamp<std::int64_t>(left, 0, longest_ms);
  return static_cast<int>(child.pidfd() >= 0 ? wait : std::min<std::int64_t>(wait, fallback_poll_ms));
}

// Collects output until the child itself has ended, whoever else holds the pipe; kills its group at the
// deadline.
bool attend(const Child& child, Fd output, Time::time_point deadline, Tail& tail) {
  bool timed_out = false;
  while (!child.has_ended()) {
    if (!timed_out && Time::now() >= deadline) {
      timed_out = true;
      child.kill_group();
    }
    std::array<pollfd, 2> events{pollfd{output.get(), POLLIN, 0}, pollfd{child.pidfd(), POLLIN, 0}};
    ::poll(events.data(), events.size(), poll_time(child, timed_out, deadline));
    if (events[0].revents != 0 && !read_available(output.get(), tail, pipe_chunk)) output.reset();
  }
  if (output) read_available(output.get(), tail, pipe_bytes);
  return timed_out;
}

Error exec_error(const ExecFailure& failure, const ExecPlan& plan) {
  if (failure.in_directory) return errno_error(failure.number, "enter directory", plan.directory());
  auto error = errno_error(failure.number, "run", plan.path());
  if (failure.number == ENOENT && ::access(plan.path().c_str(), F_OK) == 0) {
    error.remedy = "the file is there, but the interpreter or loader that it names is not: install that";
  }
  return error;
}

class PosixProcess final : public Process {
 public:
  Result<ProcessOutcome> run(const ProcessRequest& request) override {
    WX_TRY(check(request));
    WX_LET(auto path, find_program(request));
    const ExecPlan plan(std::move(path), request);
    WX_LET(const Fd input, open_input(request.input));
    WX_LET(Pipe output, make_pipe());
    WX_LET(Pipe failure, make_pipe());
    ::fcntl(output.reader.get(), F_SETFL, O_NONBLOCK);

    const auto begin = Time::now();
    pid_t pid = -1;
    {
      const BlockedSignals blocked;
      pid = ::fork();
      if (pid == 0) become(plan, input.get(), output.writer.get(), failure.writer.get());
    }
    if (pid < 0) return errno_error(errno, "start a process for", plan.path());
    ::setpgid(pid, pid);  // by both, so that neither runs before the group is there
    Child child(pid);
    output.writer.reset();
    failure.writer.reset();

    // Ends at the exec, which closes the other end.
    ExecFailure why;
    const auto told = retry_interrupted([&] { return ::read(failure.reader.get(), &why, sizeof why); });
    if (told == static_cast<ssize_t>(sizeof why)) return exec_error(why, plan);

    Tail tail(request.max_output_bytes);
    ProcessOutcome outcome;
    const auto deadline = begin + std::clamp(request.timeout, Micros{0}, longest_timeout);
    const bool killed = attend(child, std::move(output.reader), deadline, tail);
    const int status = child.reap();
    outcome.duration = std::chrono::floor<Micros>(Time::now() - begin);
    outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    outcome.timed_out = killed && outcome.signal == SIGKILL;  // it may have ended by itself just before
    outcome.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    outcome.output = std::move(tail).take();
    return outcome;
  }
};

}  // namespace

std::unique_ptr<Process> make_posix_process() {
  return std::make_unique<PosixProcess>();
}

}  // namespace wx
