#include "orchestrator/sandbox/launch.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "orchestrator/sandbox/clone.hpp"
#include "orchestrator/sandbox/os_error.hpp"
#include "orchestrator/sandbox/unique_fd.hpp"

namespace wx::sandbox {
namespace {

constexpr int not_found = 127;
constexpr int not_executable = 126;
constexpr int first_socket = 3;

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

Result<pid_t> clone_into_path(const std::string& cgroup) {
  const UniqueFd directory(::open(cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return os_error("cannot open " + cgroup);
  return clone_into(directory.get(), 0);
}

// The sockets as descriptors 3, 4 … without close-on-exec, every other descriptor closed at exec.
void arrange_sockets(const std::vector<int>& sockets) {
  const auto count = static_cast<int>(sockets.size());
  std::vector<int> high;
  high.reserve(sockets.size());
  for (const int socket : sockets) high.push_back(::fcntl(socket, F_DUPFD, first_socket + count));
  ::close_range(first_socket, ~0U, CLOSE_RANGE_CLOEXEC);
  for (int index = 0; index < count; ++index)
    ::dup2(high[static_cast<std::size_t>(index)], first_socket + index);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(const Daemon& daemon) {
  ::setsid();
  reset_signals();
  ::umask(022);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const int log = ::open(daemon.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(null, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  auto environment = daemon.environment;
  if (!daemon.sockets.empty()) {
    environment.push_back("LISTEN_FDS=" + std::to_string(daemon.sockets.size()));
    environment.push_back("LISTEN_PID=" + std::to_string(::getpid()));
  }
  arrange_sockets(daemon.sockets);
  auto argv = daemon.argv;
  if (::chdir(daemon.directory.c_str()) == 0)
    ::execve(argv[0].c_str(), pointers(argv).data(), pointers(environment).data());
  ::dprintf(STDERR_FILENO, "%s: %s\n", argv[0].c_str(), std::strerror(errno));
  ::_exit(not_found);
}

std::string_view value_of(const Environment& environment, std::string_view name) {
  for (const std::string_view assignment : environment)
    if (assignment.starts_with(name) && assignment.substr(name.size()).starts_with('='))
      return assignment.substr(name.size() + 1);
  return {};
}

// execvpe(3), except that a file without an interpreter line is an error and not a script for a shell.
// Returns only when nothing could be executed; errno says why.
void execute_from_path(const std::string& name, char* const* argv, char* const* environment,
                       std::string_view path) {
  if (name.find('/') != std::string::npos || name.empty()) {
    ::execve(name.c_str(), argv, environment);
    return;
  }
  int reason = ENOENT;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find(':', begin), path.size());
    const auto directory = path.substr(begin, end - begin);
    const auto candidate = (directory.empty() ? std::string(".") : std::string(directory)) + "/" + name;
    ::execve(candidate.c_str(), argv, environment);
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return;
    if (errno == EACCES) reason = EACCES;
    begin = end + 1;
  }
  errno = reason;
}

[[noreturn]] void become(const Command& command) {
  ::sigprocmask(SIG_SETMASK, &command.signal_mask, nullptr);
  ::umask(command.umask);
  auto argv = command.argv;
  auto environment = command.environment;
  const auto path = std::string(value_of(environment, "PATH"));
  execute_from_path(argv[0], pointers(argv).data(), pointers(environment).data(),
                    path.empty() ? "/usr/local/bin:/usr/bin:/bin" : path);
  const int reason = errno;
  ::dprintf(STDERR_FILENO, "sandbox: cannot execute %s: %s\n", argv[0].c_str(), std::strerror(reason));
  ::_exit(reason == ENOENT || reason == ENOTDIR ? not_found : not_executable);
}

template <class Program>
Result<pid_t> start(const Program& program) {
  WX_LET(const pid_t pid, clone_into_path(program.cgroup));
  if (pid == 0) become(program);
  return pid;
}

}  // namespace

Result<pid_t> launch(const Daemon& daemon) {
  return start(daemon);
}
Result<pid_t> launch(const Command& command) {
  return start(command);
}

}  // namespace wx::sandbox
