// The few system calls that router and exec need, as values. No exceptions, no iostreams: start-up time and
// memory count here.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "orchestrator/routing/outcome.hpp"

namespace wx {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& from) noexcept : fd_(std::exchange(from.fd_, -1)) {}
  Fd& operator=(Fd&& from) noexcept {
    if (this != &from) {
      reset();
      fd_ = std::exchange(from.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

// "what: strerror(error)", with the code that fits the errno.
Error system_error(std::string what, int error);

enum class Privacy { any, owner_only };

// A regular file, whole; links in the last component are not followed. `invalid` above `limit` bytes;
// `permission` when it should be private to this user (or root) and is not.
Result<std::string> read_file(const std::string& path, std::size_t limit, Privacy privacy = Privacy::any);
// The last `limit` bytes of a file.
Result<std::string> read_tail(const std::string& path, std::size_t limit);
// Write beside and rename; with `durable` synced, directory too.
Status write_file(const std::string& path, std::string_view content, mode_t mode, bool durable);
// A name in the directory of `path` that came or went is on the disk.
Status sync_directory_of(const std::string& path);
// Append with one write; a torn line that somebody left at the end is closed first. With `durable` synced;
// the name of a new file in any case, for no later call would.
Status append_line(const std::string& path, std::string_view line, bool durable = false);

Micros monotonic_now();
WallTime wall_now();
// Age of this process: its unit's time-out began when it was forked, not when its main() did.
Micros process_age();
// Field 22 of /proc/PID/stat; nothing when there is no such process.
std::optional<std::uint64_t> process_start(pid_t pid);
// "run-" and 16 random hex digits.
std::string new_run_id();

// One line on stderr, for a person and the journal. `warning` is what was done in another way than wished.
enum class Severity { error, warning };
void say(Severity severity, const std::string& message);
void print(std::string_view text);

// End this process as `ending` says; a signal is raised for real, without leaving a core file of this
// program.
[[noreturn]] void end_like(const Ending& ending);

}  // namespace wx
