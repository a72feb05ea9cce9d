#include "collector/domain/points.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <tuple>
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

using Key = std::tuple<std::string_view, std::string_view, std::int64_t>;

Key key_of(const Point& point) {
  return {point.measurement, point.tags, point.time_ns};
}

std::map<Key, const Point*> index_of(const std::vector<Point>& points) {
  std::map<Key, const Point*> index;
  for (const auto& point : points) index.emplace(key_of(point), &point);
  return index;
}

}  // namespace

std::string tags_of(const Location& location, const Product& product) {
  return "location=" + escape_tag(location.name) + ",source=" + escape_tag(product.source);
}

std::vector<Point> to_points(const Location& location, const Product& product,
                             const std::vector<Observation>& told, WallTime now) {
  const auto tags = tags_of(location, product);
  std::vector<Point> points;
  points.reserve(told.size());
  for (const auto& observation : told) {
    const auto since_epoch = observation.time.time_since_epoch();
    const auto measurement = observation.time > now ? product.ahead : product.measurement;
    points.push_back({std::string(measurement), tags,
                      std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count(),
                      observation.fields});
  }
  return points;
}

Changes changes(const std::vector<Point>& stored, std::vector<Point> fetched) {
  const auto index = index_of(stored);
  Changes result;
  for (auto& point : fetched) {
    const auto found = index.find(key_of(point));
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

std::vector<Point> merged(std::vector<Point> points) {
  std::vector<Point> result;
  result.reserve(points.size());  // the keys refer to what is in it
  std::map<Key, std::size_t> places;
  for (auto& point : points) {
    const auto found = places.find(key_of(point));
    if (found == places.end()) {
      result.push_back(std::move(point));
      places.emplace(key_of(result.back()), result.size() - 1);
    } else {
      for (auto& [name, value] : point.fields)
        result[found->second].fields.insert_or_assign(name, std::move(value));
    }
  }
  return result;
}

std::vector<Point> shared(std::vector<Point> points, const std::vector<Point>& others) {
  const auto index = index_of(others);
  std::erase_if(points, [&](const Point& point) { return !index.contains(key_of(point)); });
  return points;
}

std::vector<Point> replaced(std::vector<Point> points, const std::vector<Point>& latest) {
  const auto index = index_of(latest);
  for (auto& point : points)
    if (const auto found = index.find(key_of(point)); found != index.end()) point = *found->second;
  return points;
}

std::vector<Point> beyond(std::vector<Point> points, const std::vector<Point>& newer) {
  const auto index = index_of(newer);
  std::erase_if(points, [&](Point& point) {
    const auto found = index.find(key_of(point));
    if (found == index.end()) return false;
    std::erase_if(point.fields,
                  [&](const auto& field) { return found->second->fields.contains(field.first); });
    return point.fields.empty();
  });
  return points;
}

}  // namespace wx::collector
