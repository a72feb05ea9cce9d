#include "orchestrator/routing/router/ledger_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "orchestrator/routing/router/posix.hpp"

namespace wx {
namespace {

constexpr off_t largest_ledger = off_t{16} << 20;

}  // namespace

void rotate_ledger(const AppPaths& paths) {
  if (paths.state.empty()) return;
  struct stat named {};
  if (::lstat(paths.ledger().c_str(), &named) != 0 || !S_ISREG(named.st_mode) ||
      named.st_size <= largest_ledger)
    return;
  const Fd fd(::open(paths.ledger().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return;
  // Whoever held the lock before us may have moved this file already; the name is then that of a new one.
  struct stat locked {};
  if (::fstat(fd.get(), &locked) != 0 || ::lstat(paths.ledger().c_str(), &named) != 0 ||
      locked.st_ino != named.st_ino || locked.st_dev != named.st_dev)
    return;
  if (::rename(paths.ledger().c_str(), paths.older_ledger().c_str()) != 0)
    say(Severity::warning, system_error("cannot rename to " + paths.older_ledger(), errno).message +
                               "; the ledger keeps growing");
  else if (const auto synced = sync_directory_of(paths.ledger()); !synced)
    say(Severity::warning, synced.error().message);
}

std::string read_newest_lines(const AppPaths& paths, std::size_t limit) {
  auto lines = read_tail(paths.ledger(), limit).value_or(std::string());
  if (lines.size() >= limit) return lines;
  const auto older = read_tail(paths.older_ledger(), limit - lines.size());
  return older ? *older + "\n" + lines : lines;
}

}  // namespace wx
