// Reading the system's log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx {

struct JournalEntry {
  WallTime at{};
  int priority = 6;  // syslog: 0 emerg ... 3 err ... 7 debug
  std::string identifier;
  std::string invocation;
  std::string message;
};

struct JournalQuery {
  std::vector<std::string> units;           // entries by or about any of them
  WallTime since{};
  int max_priority = 7;                     // only entries at least this important
  std::size_t limit = 1000;                 // the newest ones
};

class Journal {
 public:
  virtual ~Journal() = default;
  // Oldest first. `unavailable` when no journal can be read.
  virtual Result<std::vector<JournalEntry>> entries(const JournalQuery& query) = 0;
};

}  // namespace wx
