// Points in time, RFC 3339 in UTC. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx {

// "2026-11-24T08:00:00Z"; with milliseconds when `millis`.
std::string format_instant(WallTime time, bool millis = false);
// RFC 3339 with Z or an offset, optional fraction; a leap second reads as the last second of its minute. `invalid` otherwise.
Result<WallTime> parse_instant(std::string_view text);
// "20261124T080000Z", for ids.
std::string compact_instant(WallTime time);

}  // namespace wx
