#include "orchestrator/routing/router/hold.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace wx {

Hold share_hold(const AppPaths& paths, Micros bound, const SignalInbox& inbox) {
  if (paths.state.empty()) return {};
  Fd fd(::open(paths.hold().c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) {
    say(Severity::warning,
        system_error("cannot open " + paths.hold(), errno).message + "; going on without the hold");
    return {};
  }
  const auto end = monotonic_now() + bound;
  bool waited = false;
  for (Micros pause{500}; ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0;
       pause = std::min<Micros>(pause * 2, Millis{20})) {
    if (errno != EWOULDBLOCK || monotonic_now() >= end) {
      say(Severity::warning,
          system_error("cannot share " + paths.hold(), errno).message + "; going on without the hold");
      return {};
    }
    waited = true;
    if (inbox.wait(pause)) return {Fd(), true, waited};
  }
  return {std::move(fd), false, waited};
}

Result<Fd> pin_generation(const AppPaths& paths, std::uint64_t generation) {
  const auto path = paths.route(generation);
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return system_error("cannot open " + path, errno);
  if (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0)
    return Error{Code::busy, "cannot lock " + path + ": it is being deleted", {}};
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0 || info.st_nlink == 0)
    return Error{Code::not_found, path + " was deleted", {}};
  return fd;
}

}  // namespace wx
