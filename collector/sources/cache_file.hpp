// cache.json, in which the predecessor of this program kept what InfluxDB had not taken: a list of
// {"data": {timestamp, location_name, …}, "cached_at": …}. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/core/point.hpp"
#include "common/ports/clock.hpp"

namespace wx::collector {

struct CachedPoints {
  std::vector<Point> points;
  std::uint64_t bad = 0;  // entries, or stretches of a damaged file, that are none
};

// What can be read of `text`, whatever surrounds it. Entries are judged as an answer of the service was when
// it came: what is wrong with a field costs that field, what lies in the future of `now` is bad.
CachedPoints parse_cache_file(std::string_view text, WallTime now);

}  // namespace wx::collector
