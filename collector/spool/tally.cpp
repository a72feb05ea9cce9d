#include "collector/spool/tally.hpp"

#include <algorithm>

#include "common/core/instant.hpp"
#include "common/core/line_protocol.hpp"

namespace wx::collector {
namespace {

std::string location_of(const Point& point) {
  for (auto& [key, value] : split_tags(point.tags))
    if (key == "location") return value;
  return {};
}

}  // namespace

void extend(Span& span, const Span& other) {
  if (other.points == 0) return;
  span.first_ns = span.points == 0 ? other.first_ns : std::min(span.first_ns, other.first_ns);
  span.last_ns = span.points == 0 ? other.last_ns : std::max(span.last_ns, other.last_ns);
  span.points += other.points;
}

void count(Tally& tally, const std::vector<Point>& points) {
  for (const auto& point : points) extend(tally[location_of(point)], {1, point.time_ns, point.time_ns});
}

std::uint64_t total(const Tally& tally) {
  std::uint64_t points = 0;
  for (const auto& [location, span] : tally) points += span.points;
  return points;
}

std::string told(const Span& span) {
  return format_instant_ns(span.first_ns) + " to " + format_instant_ns(span.last_ns);
}

}  // namespace wx::collector
