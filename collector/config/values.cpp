#include "collector/config/values.hpp"

#include <set>
#include <utility>

#include "collector/config/expand.hpp"
#include "collector/domain/rules.hpp"

namespace wx::collector {

using namespace std::chrono_literals;
using yaml::Map;

std::string Values::checked(const Map& map, std::string_view key, const std::string& text,
                            Objection objection) {
  auto value = expand(text, environment_);
  if (!value) {
    problem(map, key, value.error().message);
    return {};
  }
  if (const auto reason = objection(*value)) problem(map, key, *reason);
  return std::move(value).value();
}

std::string Values::required(Map& map, std::string_view key, Objection objection) {
  const auto text = map.required_string(key);
  return text.empty() ? text : checked(map, key, text, objection);  // an empty one is reported already
}

std::int64_t Values::whole(Map& map, std::string_view key, std::int64_t fallback, std::int64_t least,
                           std::int64_t most) {
  const auto value = map.optional_int(key);
  if (!value) return fallback;
  if (*value >= least && *value <= most) return *value;
  problem(map, key, "must lie between " + std::to_string(least) + " and " + std::to_string(most));
  return fallback;
}

Micros Values::duration(Map& map, std::string_view key, Micros fallback) {
  const auto value = map.optional_duration(key);
  if (!value) return fallback;
  if (*value > 0us) return *value;
  problem(map, key, "must be longer than 0s");
  return fallback;
}

void Values::read_retry(const yaml::Node& node, const std::string& what, RetryPolicy& policy) {
  Map map(node, what, problems_);
  policy.max_attempts = static_cast<int>(whole(map, "max_attempts", policy.max_attempts, 1, 100));
  policy.initial_backoff = duration(map, "initial_backoff", policy.initial_backoff);
  policy.max_backoff = duration(map, "max_backoff", policy.max_backoff);
  policy.max_total_time = duration(map, "max_total_time", policy.max_total_time);
  if (const auto jitter = map.optional_double("jitter")) {
    policy.jitter = *jitter;
    if (!(*jitter >= 0 && *jitter <= 1)) problem(map, "jitter", "must lie between 0 and 1");
  }
  map.finish();
}

Location Values::read_place(const yaml::Node& node, const std::string& what) {
  Map map(node, what, problems_);
  Location location;
  location.name = required(map, "name", objection_to_location_name);
  location.latitude = degrees(map, "latitude", 90);
  location.longitude = degrees(map, "longitude", 180);
  map.finish();
  return location;
}

std::vector<Location> Values::read_places(const yaml::Node& list, const std::string& what) {
  if (list.kind() != yaml::Kind::sequence) {
    problems_.add(list.mark(), what + " must be a list");
    return {};
  }
  std::vector<Location> places;
  std::set<std::string> names;
  for (const auto& item : list.items()) {
    places.push_back(read_place(item, what));
    if (names.insert(places.back().name).second) continue;
    const auto name = item.kind() == yaml::Kind::map ? item.find("name") : std::nullopt;
    problems_.add(name ? name->mark() : item.mark(), "name: a location of this name is there already");
  }
  return places;
}

double Values::degrees(Map& map, std::string_view key, double most) {
  if (!map.required_node(key)) return 0;
  const auto value = map.optional_double(key);
  if (!value) return 0;
  if (*value >= -most && *value <= most) return *value;
  const auto bound = std::to_string(static_cast<int>(most));
  problem(map, key, "must lie between -" + bound + " and " + bound + " degrees");
  return 0;
}

std::string Values::absolute(const std::string& path) const {
  if (path.starts_with('/')) return path;
  return environment_.directory + "/" + (path.starts_with("./") ? path.substr(2) : path);
}

void Values::problem(const Map& map, std::string_view key, const std::string& reason) {
  problems_.add(map.mark_of(key), std::string(key) + ": " + reason);
}

void Values::environment_problem(const std::string& name, const std::string& reason) {
  problems_.add(yaml::Mark{"environment", 0, 0}, name + ": " + reason);
}

std::optional<std::string> Values::objection_to_path(std::string_view path) {
  if (path.empty()) return "a path must not be empty";
  if (path.find('\0') != std::string_view::npos || path.ends_with('/')) return "the path names no file";
  return std::nullopt;
}

}  // namespace wx::collector
