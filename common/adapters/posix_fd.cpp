#include "common/adapters/posix_fd.hpp"

#include <unistd.h>

#include <system_error>

namespace wx {
namespace {

Code code_of(int number) {
  switch (number) {
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
    case ENAMETOOLONG:
    case E2BIG:
      return Code::invalid;
    case EIO:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Code::unavailable;
    default:
      return Code::failed;
  }
}

std::string remedy_of(int number) {
  switch (number) {
    case EACCES:
    case EPERM:
      return "check its owner and mode, and those of the directories above it";
    case EROFS:
      return "mount the file system writable, or choose another place";
    case ENOSPC:
      return "free space on the file system that holds it";
    case EDQUOT:
      return "free space, or raise the quota";
    case ELOOP:
      return "a symbolic link is not followed there: remove it, or name what it points to";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files";
    case EIO:
      return "check the disk: dmesg names the device";
    default:
      return {};
  }
}

}  // namespace

void Fd::reset(int number) {
  if (number_ >= 0) {
    const int saved = errno;
    ::close(number_);  // after EINTR the descriptor is closed all the same on Linux: never again
    errno = saved;
  }
  number_ = number;
}

Error errno_error(int number, std::string_view verb, const std::string& what) {
  return Error{code_of(number),
               "cannot " + std::string(verb) + " " + what + ": " + std::generic_category().message(number),
               remedy_of(number)};
}

int write_fully(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = retry_interrupted([&] { return ::write(fd, content.data(), content.size()); });
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace wx
