// Durations as people write them: 300ms, 10s, 5m, 1h30m, 24h, 7d; a bare number is seconds.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx {

// `invalid` when it is not a duration, is negative or exceeds ten years.
Result<Micros> parse_duration(std::string_view text);
// Short form that parse_duration reads back: "1h30m", "24h", "350ms", "0s".
std::string format_duration(Micros duration);

}  // namespace wx
