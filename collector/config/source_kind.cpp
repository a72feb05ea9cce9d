#include "collector/config/source_kind.hpp"

#include <algorithm>
#include <utility>

#include "collector/domain/rules.hpp"

namespace wx::collector {

void SourceBlock::needs_key() {
  settings_.api_key = values_.required(map_, "api_key", objection_to_api_key);
}

void SourceBlock::may_have_key() {
  if (const auto text = map_.optional_string("api_key"))
    settings_.api_key = values_.checked(map_, "api_key", *text, objection_to_token);
}

void SourceBlock::asks(std::string_view default_url, QuotaPolicy default_quota) {
  const auto url = map_.optional_string("base_url").value_or(std::string(default_url));
  settings_.base_url = values_.checked(map_, "base_url", url, objection_to_base_url);
  while (settings_.base_url.ends_with('/')) settings_.base_url.pop_back();
  settings_.timeout = values_.duration(map_, "timeout", settings_.timeout);
  if (const auto retry = map_.optional_node("retry"))
    values_.read_retry(*retry, settings_.name + ".retry", settings_.retry);
  auto& quota = settings_.quota;
  quota.calls_per_day = whole("calls_per_day", default_quota.calls_per_day, 0, 100'000'000);
  const auto fallback = std::min(default_quota.reserved, quota.calls_per_day);
  quota.reserved = whole("calls_reserved", fallback, 0, quota.calls_per_day);
}

std::int64_t SourceBlock::whole(std::string_view key, std::int64_t fallback, std::int64_t least,
                                std::int64_t most) {
  return values_.whole(map_, key, fallback, least, most);
}

std::string SourceBlock::path(std::string_view key) {
  return values_.absolute(values_.required(map_, key, Values::objection_to_path));
}

std::string SourceBlock::choice(std::string_view key, const std::vector<std::string>& allowed) {
  return map_.optional_choice(key, allowed).value_or(allowed.front());
}

ConfiguredSource read_source(const SourceKind& kind, const yaml::Node& node, Values& values) {
  ConfiguredSource source;
  auto& settings = source.settings;
  settings.name = kind.name;
  yaml::Map map(node, settings.name, values.problems());
  SourceBlock block(map, values, settings);
  source.make = kind.read(block);
  if (const auto place = map.optional_node("location")) {
    settings.locations = {values.read_place(*place, settings.name + ".location")};
    settings.single_location = true;
  }
  if (const auto list = map.optional_node("locations")) {
    settings.locations = values.read_places(*list, settings.name + ".locations");
    settings.single_location = false;
  }
  map.finish();
  return source;
}

}  // namespace wx::collector
