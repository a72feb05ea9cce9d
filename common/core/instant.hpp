// Points in time, RFC 3339 in UTC. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx {

// "2026-11-24T08:00:00Z"; with milliseconds when `millis`.
std::string format_instant(WallTime time, bool millis = false);
// The same of nanoseconds since 1970, with as many digits of a fraction (0, 3, 6 or 9) as it needs.
std::string format_instant_ns(std::int64_t time_ns);
// RFC 3339 with Z or an offset, optional fraction; a leap second reads as the last second of its minute. `invalid` otherwise.
Result<WallTime> parse_instant(std::string_view text);
// The same to the nanosecond, since 1970; `invalid` too for what does not fit (before 1677, after 2262).
Result<std::int64_t> parse_instant_ns(std::string_view text);
// "20261124T080000Z", for ids.
std::string compact_instant(WallTime time);

}  // namespace wx
