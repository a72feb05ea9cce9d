// Points counted the way a person asks for them: which places, which time. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/core/point.hpp"

namespace wx::collector {

struct Span {
  std::uint64_t points = 0;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
};

// Adds a point, or the points of another span.
void extend(Span& span, const Span& other);

using Tally = std::map<std::string, Span>;  // by the tag `location`; empty for points without one

void count(Tally& tally, const std::vector<Point>& points);
std::uint64_t total(const Tally& tally);
// "2026-11-22T21:00:00Z to 2026-11-24T08:00:00Z"
std::string told(const Span& span);

}  // namespace wx::collector
