// How many calls a day a key may make, and until when its service asked to be left alone. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/ports/clock.hpp"

namespace wx::collector {

struct QuotaPolicy {
  std::int64_t calls_per_day = 0;  // 0: no limit of ours
  std::int64_t reserved = 0;       // the last ones, which only runs that write data may use
};

// What is known of one key.
struct QuotaUse {
  std::int64_t day = 0;  // since 1970, UTC
  std::int64_t calls = 0;
  WallTime since{};  // when the service asked for rest
  Micros rest{};     // and for how long

  bool operator==(const QuotaUse&) const = default;
  [[nodiscard]] WallTime until() const { return since + rest; }
};

// Calls of this day. A day ahead of the clock goes on counting: then or now the clock was wrong.
std::int64_t calls_today(const QuotaUse& use, WallTime now);
// A clock that went back to before the request for rest says nothing about how long that is ago.
bool is_resting(const QuotaUse& use, WallTime now);
// Whether a call is within the budget.
bool is_left(const QuotaUse& use, const QuotaPolicy& policy, bool live, WallTime now);
QuotaUse after_call(const QuotaUse& use, WallTime now);
// From a refusal that names a time (clamped to a day) or none: then until the next midnight UTC. `random` in
// [0, 1) adds up to five minutes or a tenth, so that those who wait together do not come back together.
Micros rest_after(std::optional<std::int64_t> retry_after_s, WallTime now, double random);

// For reports.
struct QuotaState {
  std::string source;
  std::int64_t used = 0;
  std::int64_t limit = 0;  // 0: none
  std::optional<WallTime> until = {};
};

}  // namespace wx::collector
