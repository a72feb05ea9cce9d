// What is shipped must fit together: config.yml, and the manifest that sets keys of it.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "collector/config/read.hpp"
#include "collector/sources/kinds.hpp"
#include "common/yaml/document.hpp"
#include "common/yaml/merge.hpp"

namespace wx::collector {
namespace {

std::string shipped(const std::string& name) {
  std::ifstream file(std::string(WX_SHIPPED) + "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const Environment environment{"/state", [](const std::string& name) -> std::optional<std::string> {
                                if (name == "MET_OFFICE_API_KEY") return std::string(60, 'k');
                                return std::nullopt;
                              }};

TEST(ShippedConfiguration, IsReadWithoutWarning) {
  const auto result = read_configuration("config.yml", shipped("config.yml"), environment, source_kinds());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->warnings.empty());
}

TEST(ShippedManifest, SetsOnlyWhatTheConfigurationKnows) {
  const auto manifest = yaml::parse("weather.yaml", shipped("weather.yaml"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  const auto set = manifest->find("config")->find("set");
  ASSERT_TRUE(set);
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [key, value] : set->entries()) values.emplace_back(key.scalar(), "/elsewhere/file");
  ASSERT_EQ(values.size(), 5u);
  const auto text = yaml::set_values("config.yml", shipped("config.yml"), values);
  ASSERT_TRUE(text) << text.error().message;
  const auto result = read_configuration("config.yml", *text, environment, source_kinds());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->settings.bucket, "/elsewhere/file");
  EXPECT_EQ(result->settings.store.path, "/elsewhere/file");
  EXPECT_EQ(result->settings.metrics_file, "/elsewhere/file");
  EXPECT_EQ(result->settings.cache_directory, "/elsewhere");
}

}  // namespace
}  // namespace wx::collector
