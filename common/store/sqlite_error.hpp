// SQLite's result codes in words of Error.
#pragma once

#include <string>

#include "common/core/result.hpp"

namespace wx {

struct SqliteFailure {
  int code = 0;          // extended result code
  int system_errno = 0;  // of the failing system call, 0 when there was none
  std::string detail;    // SQLite's own words
};

// The error of `doing` ("write to") on the bucket file `path`. Looks at the disk to tell a missing file from
// a forbidden one.
Error sqlite_error(const SqliteFailure& failure, const std::string& doing, const std::string& path);

}  // namespace wx
