#include "collector/domain/points.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace wx::collector {
namespace {

std::string escape_tag(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    if (c == ',' || c == '=' || c == ' ') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::optional<double> as_number(const FieldValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  // Another writer of an open bucket may have stored 65 where we store 65.0.
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  return std::nullopt;
}

bool same(const FieldValue& a, const FieldValue& b) {
  const auto left = as_number(a);
  const auto right = as_number(b);
  return left && right ? *left == *right : a == b;
}

bool contains(const Point& stored, const Point& fetched) {
  return std::all_of(fetched.fields.begin(), fetched.fields.end(), [&](const auto& field) {
    const auto found = stored.fields.find(field.first);
    return found != stored.fields.end() && same(found->second, field.second);
  });
}

}  // namespace

std::string tags_of(const Location& location) {
  return "location=" + escape_tag(location.name) + ",source=met_office";
}

std::vector<Point> to_points(const Location& location, const std::vector<Observation>& observations) {
  const auto tags = tags_of(location);
  std::vector<Point> points;
  points.reserve(observations.size());
  for (const auto& observation : observations) {
    const auto since_epoch = observation.time.time_since_epoch();
    points.push_back({std::string(measurement), tags,
                      std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count(),
                      observation.fields});
  }
  return points;
}

Changes changes(const std::vector<Point>& stored, std::vector<Point> fetched) {
  using Key = std::pair<std::string_view, std::int64_t>;
  std::map<Key, const Point*> index;
  for (const auto& point : stored) index.emplace(Key{point.tags, point.time_ns}, &point);

  Changes result;
  for (auto& point : fetched) {
    const auto found = index.find(Key{point.tags, point.time_ns});
    if (found == index.end()) {
      ++result.fresh;
    } else if (contains(*found->second, point)) {
      ++result.unchanged;
      continue;
    } else {
      ++result.changed;
    }
    result.due.push_back(std::move(point));
  }
  return result;
}

}  // namespace wx::collector
