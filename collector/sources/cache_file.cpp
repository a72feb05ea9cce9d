#include "collector/sources/cache_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "collector/domain/fields.hpp"
#include "collector/domain/points.hpp"
#include "collector/domain/rules.hpp"
#include "collector/domain/validate.hpp"
#include "collector/sources/met_office.hpp"
#include "common/core/instant.hpp"

namespace wx::collector {
namespace {

using nlohmann::json;

// An entry has some 500 bytes and two levels.
constexpr std::size_t most_entry_bytes = 16'384;
constexpr int most_levels = 8;

// Behind the brace that closes the one at `at`; nothing when there is none in reach.
std::optional<std::size_t> end_of_object(std::string_view text, std::size_t at) {
  const auto last = std::min(text.size(), at + most_entry_bytes);
  bool in_string = false;
  int levels = 0;
  for (; at < last; ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' && ++levels > most_levels) {
      return std::nullopt;
    } else if (c == '}' && --levels == 0) {
      return at + 1;
    }
  }
  return std::nullopt;
}

// An object that is a member of another: when that one is damaged, this one is no entry of its own.
bool is_member(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at).find_last_not_of(" \t\r\n");
  return before != std::string_view::npos && text[before] == ':';
}

RawValue raw(const json& value) {
  if (value.is_null()) return std::monostate{};
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  return Unusable{};
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Point> to_point(const json& data, WallTime now) {
  const auto name = text_of(data, "location_name");
  const auto time = parse_instant(text_of(data, "timestamp"));
  if (!time || objection_to_location_name(name)) return std::nullopt;
  RawRecord record{{"datetime", text_of(data, "timestamp")}};
  for (const auto& rule : land_observations().fields) {
    if (const auto found = data.find(std::string(rule.stored)); found != data.end())
      record.emplace(rule.source, raw(*found));
  }
  // It was new when it was kept.
  const auto validated =
      validate(land_observations(), {std::move(record)}, std::min(now, *time), /*ranges=*/true);
  if (validated.observations.empty()) return std::nullopt;
  return to_points({name}, land_observations(), validated.observations, now).front();
}

// What stands between two entries of a file that is whole.
bool is_separator(std::string_view text) {
  return text.find_first_not_of(" \t\r\n,[]") == std::string_view::npos;
}

}  // namespace

CachedPoints parse_cache_file(std::string_view text, WallTime now) {
  CachedPoints result;
  std::size_t read = 0;      // up to here everything is accounted for
  std::uint64_t broken = 0;  // objects since then
  const auto account_to = [&](std::size_t at) {
    result.bad += std::max<std::uint64_t>(broken, is_separator(text.substr(read, at - read)) ? 0 : 1);
    broken = 0;
    read = at;
  };
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at)) {
    const auto end = end_of_object(text, at);
    const auto entry =
        end ? json::parse(text.substr(at, *end - at), nullptr, false) : json(json::value_t::discarded);
    const auto data = entry.is_object() ? entry.find("data") : entry.end();
    auto point =
        entry.is_object() && data != entry.end() && data->is_object() ? to_point(*data, now) : std::nullopt;
    if (point) {
      account_to(at);
      result.points.push_back(*std::move(point));
      read = *end;
    } else if (!is_member(text, at)) {
      ++broken;
    }
    at = entry.is_discarded() ? at + 1 : *end;
  }
  account_to(text.size());
  return result;
}

}  // namespace wx::collector
