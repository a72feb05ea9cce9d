#include "orchestrator/routing/router/posix.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace wx {
namespace {

Code code_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Code::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::permission;
    case ENOSPC:
    case EDQUOT:
      return Code::no_space;
    case ELOOP:
      return Code::invalid;
    default:
      return Code::failed;
  }
}

Micros clock_micros(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) +
         std::chrono::duration_cast<Micros>(std::chrono::nanoseconds(now.tv_nsec));
}

Result<std::string> read_from(int fd, const std::string& path, std::size_t limit) {
  std::string content;
  std::array<char, 8192> chunk;
  for (;;) {
    const auto count = ::read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("cannot read " + path, errno);
    if (count == 0) return content;
    content.append(chunk.data(), static_cast<std::size_t>(count));
    if (content.size() > limit)
      return Error{Code::invalid, path + " is larger than " + std::to_string(limit) + " bytes", {}};
  }
}

Status check_private(const std::string& path, const struct stat& info) {
  if ((info.st_mode & 077U) != 0)
    return Error{Code::permission, path + " can be read by others: it is not used", "chmod 600 " + path};
  if (info.st_uid != ::geteuid() && info.st_uid != 0)
    return Error{Code::permission, path + " belongs to another user: it is not used",
                 "chown it to the app's user"};
  return {};
}

Status write_all(int fd, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const auto count = ::write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("cannot write " + path, errno);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Error system_error(std::string what, int error) {
  return Error{code_of(error), std::move(what) + ": " + std::strerror(error), {}};
}

Result<std::string> read_file(const std::string& path, std::size_t limit, Privacy privacy) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return system_error("cannot open " + path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error("cannot look at " + path, errno);
  if (!S_ISREG(info.st_mode)) return Error{Code::invalid, path + " is not a regular file", {}};
  if (privacy == Privacy::owner_only) WX_TRY(check_private(path, info));
  return read_from(fd.get(), path, limit);
}

Result<std::string> read_tail(const std::string& path, std::size_t limit) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return system_error("cannot open " + path, errno);
  const auto size = ::lseek(fd.get(), 0, SEEK_END);
  const auto wanted = static_cast<off_t>(limit);
  if (size < 0 || ::lseek(fd.get(), size > wanted ? size - wanted : 0, SEEK_SET) < 0)
    return system_error("cannot seek in " + path, errno);
  return read_from(fd.get(), path, limit + std::size_t{64} * 1024);  // it may grow while it is read
}

Status sync_directory_of(const std::string& path) {
  const auto directory = path.substr(0, path.rfind('/'));
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return system_error("cannot sync " + directory, errno);
  return {};
}

Status write_file(const std::string& path, std::string_view content, mode_t mode, bool durable) {
  const auto beside = path + ".new-" + std::to_string(::getpid());
  const auto give_up = [&](Error error) {
    ::unlink(beside.c_str());
    return error;
  };
  const Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return system_error("cannot create " + beside, errno);
  if (auto written = write_all(fd.get(), beside, content); !written)
    return give_up(std::move(written).error());
  if (durable && ::fsync(fd.get()) != 0) return give_up(system_error("cannot sync " + beside, errno));
  if (::rename(beside.c_str(), path.c_str()) != 0)
    return give_up(system_error("cannot rename to " + path, errno));
  if (durable) return sync_directory_of(path);
  return {};
}

Status append_line(const std::string& path, std::string_view line, bool durable) {
  const Fd fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!fd) return system_error("cannot open " + path, errno);
  const auto size = ::lseek(fd.get(), 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(fd.get(), &last, 1, size - 1) != 1) last = '\n';
  const std::string text = (last == '\n' ? "" : "\n") + std::string(line);
  const auto count = ::write(fd.get(), text.data(), text.size());
  if (count < 0) return system_error("cannot append to " + path, errno);
  if (static_cast<std::size_t>(count) != text.size())
    return system_error("cannot append a whole line to " + path, ENOSPC);
  if (durable && ::fdatasync(fd.get()) != 0) return system_error("cannot sync " + path, errno);
  return size == 0 ? sync_directory_of(path) : Status{};
}

Micros monotonic_now() {
  return clock_micros(CLOCK_MONOTONIC);
}

WallTime wall_now() {
  return WallTime(clock_micros(CLOCK_REALTIME));
}

std::optional<std::uint64_t> process_start(pid_t pid) {
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!stat) return std::nullopt;
  // The second field is the name in parentheses and may hold anything, spaces and parentheses too.
  auto at = stat->rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat->find(' ', at + 1);
  if (at == std::string::npos) return std::nullopt;
  return std::strtoull(stat->c_str() + at + 1, nullptr, 10);
}

Micros process_age() {
  const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const auto start = process_start(::getpid());
  if (!start || ticks_per_second == 0) return Micros{0};
  const auto started = Micros(static_cast<std::int64_t>(*start * 1'000'000 / ticks_per_second));
  return std::max(Micros{0}, clock_micros(CLOCK_BOOTTIME) - started);
}

std::string new_run_id() {
  std::uint64_t value = 0;
  if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    // Uniqueness among the runs of one host is all that is needed.
    value =
        static_cast<std::uint64_t>(monotonic_now().count()) << 22U ^ static_cast<std::uint64_t>(::getpid());
  }
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "run-%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

void say(Severity severity, const std::string& message) {
  // journald reads the priority from the prefix; on a terminal it would only be noise.
  const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  const std::string prefix = !journal ? "" : severity == Severity::error ? "<3>" : "<4>";
  const auto line = prefix + "wxctl-router: " + message + "\n";
  (void)!::write(STDERR_FILENO, line.data(), line.size());
}

void print(std::string_view text) {
  (void)!::write(STDOUT_FILENO, text.data(), text.size());
}

void end_like(const Ending& ending) {
  if (ending.signal != 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);  // a core_pattern that is a pipe does not ask the limit
    std::signal(ending.signal, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, ending.signal);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::kill(::getpid(), ending.signal);
    ::_exit(128 + ending.signal);
  }
  ::_exit(ending.exit_status);
}

}  // namespace wx
