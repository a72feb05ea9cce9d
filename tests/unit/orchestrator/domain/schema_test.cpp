// The JSON Schemas that are shipped know the keys that the parsers know, no more and no fewer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "common/core/text.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/domain/playbook.hpp"

namespace wx {
namespace {

using nlohmann::json;
using Keys = std::set<std::string>;

constexpr const char* nobody_knows = "zzzzzzzzzzzz";

json schema(const std::string& name) {
  std::ifstream file(WX_SOURCE_DIR "/schemas/" + name + ".schema.json");
  return json::parse(file);
}

Keys properties(const json& object) {
  Keys keys;
  for (const auto& [key, value] : object.at("properties").items()) keys.insert(key);
  return keys;
}

// The keys that a parser tells when it meets one that nobody knows.
Keys told_in(const std::string& message, const std::string& about) {
  for (const auto& line : split(message, '\n')) {
    if (line.find(about) == std::string::npos) continue;
    const std::string begin = "(known: ";
    const std::size_t at = line.find(begin);
    if (at == std::string::npos) return {};
    const auto names = split(line.substr(at + begin.size(), line.rfind(')') - at - begin.size()), ',');
    Keys keys;
    for (const auto& name : names) keys.insert(std::string(trim(name)));
    return keys;
  }
  ADD_FAILURE() << about << " is not told in:\n" << message;
  return {};
}

Keys known_in_manifest(json document, const std::string& place) {
  document[json::json_pointer(place)][nobody_knows] = 1;
  const auto parsed = parse_manifest("m.yaml", document.dump());
  EXPECT_FALSE(parsed) << place;
  return parsed ? Keys{} : told_in(parsed.error().message, nobody_knows);
}

Keys known_in_step(const std::string& kind) {
  const json document{{"apiVersion", "wxctl/v1"},
                      {"kind", "Playbook"},
                      {"name", "p"},
                      {"steps", {{{kind, {{nobody_knows, 1}}}}}}};
  const auto parsed = parse_playbook("p.yaml", document.dump(), {});
  EXPECT_FALSE(parsed) << kind;
  return parsed ? Keys{} : told_in(parsed.error().message, nobody_knows);
}

TEST(ManifestSchema, KnowsTheKeysOfTheParser) {
  const json document = json::parse(R"({
    "apiVersion": "wxctl/v1", "kind": "App", "name": "a", "service": "a.service",
    "program": {"exec": ["x"]}, "config": {"template": "c"},
    "store": {"path": "p", "active": {"bucket": "a"}, "candidate": "b", "tolerance": {}},
    "metrics": {}, "checks": {"c": {"metric": {"ratio": ["a", "b"]}}}, "limits": {}})");
  const json all = schema("manifest");
  const std::vector<std::pair<std::string, std::string>> places{
      {"", ""},
      {"/program", "/properties/program"},
      {"/config", "/properties/config"},
      {"/store", "/properties/store"},
      {"/store/active", "/$defs/bucket/anyOf/1"},
      {"/store/tolerance", "/properties/store/properties/tolerance"},
      {"/metrics", "/properties/metrics"},
      {"/checks/c", "/$defs/check"},
      {"/checks/c/metric", "/$defs/check/properties/metric/anyOf/1"},
      {"/limits", "/properties/limits"}};
  for (const auto& [place, pointer] : places)
    EXPECT_EQ(properties(all.at(json::json_pointer(pointer))), known_in_manifest(document, place)) << place;
}

TEST(PlaybookSchema, KnowsTheStepsAndKeysOfTheParser) {
  const json all = schema("playbook");
  const json& steps = all.at("properties").at("steps").at("items").at("properties");
  Keys kinds;
  for (const auto& [kind, step] : steps.items()) {
    kinds.insert(kind);
    EXPECT_EQ(properties(step), known_in_step(kind)) << kind;
  }
  const json unknown{{"apiVersion", "wxctl/v1"},
                     {"kind", "Playbook"},
                     {"name", "p"},
                     {"steps", {{{nobody_knows, json::object()}}}},
                     {nobody_knows, 1}};
  const auto parsed = parse_playbook("p.yaml", unknown.dump(), {});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(kinds, told_in(parsed.error().message, "unknown step"));
  EXPECT_EQ(properties(all), told_in(parsed.error().message, "unknown key"));
}

}  // namespace
}  // namespace wx
