// An Error from errno: "<what failed>: <the system's reason>".
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "common/core/result.hpp"

namespace wx::sandbox {

// Call it before anything else can change errno. EPERM and EACCES become `permission`, the rest
// `unavailable`.
inline Error os_error(std::string what) {
  const int number = errno;
  const Code code = number == EPERM || number == EACCES ? Code::permission : Code::unavailable;
  return Error{code, std::move(what) + ": " + std::generic_category().message(number)};
}

}  // namespace wx::sandbox
