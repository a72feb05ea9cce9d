// Many lines of a log, told in a few: how many by hour and slot, and their patterns.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "common/ports/clock.hpp"
#include "orchestrator/domain/log_pattern.hpp"
#include "orchestrator/routing/route.hpp"

namespace wx {

// Indexed by Slot.
using PerSlot = std::array<std::uint64_t, 2>;

struct LogPattern {
  std::string pattern;
  LogSeverity severity = LogSeverity::info;
  PerSlot lines{};
  WallTime first{};
  WallTime last{};
  std::string example;
  bool is_new = false;  // the slot that is asked about says it, the other, which says something, does not
};

class LogDigest {
 public:
  static constexpr std::size_t most_patterns = 5000;

  void add(Slot slot, WallTime at, int priority, const std::string& message);

  [[nodiscard]] PerSlot lines() const { return lines_; }
  [[nodiscard]] PerSlot errors() const { return errors_; }
  // Errors of each hour that had any, by its beginning (UTC).
  [[nodiscard]] const std::map<WallTime, PerSlot>& errors_by_hour() const { return by_hour_; }
  // Lines whose pattern is not told: there were too many different ones.
  [[nodiscard]] std::uint64_t untold() const { return untold_; }
  // What is new in `subject` first, then the most severe, then the most frequent.
  [[nodiscard]] std::vector<LogPattern> patterns(Slot subject) const;

 private:
  PerSlot lines_{};
  PerSlot errors_{};
  std::map<WallTime, PerSlot> by_hour_;
  std::map<std::string, LogPattern> patterns_;
  std::uint64_t untold_ = 0;
};

}  // namespace wx
