#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "collector/config/expand.hpp"
#include "collector/config/read.hpp"
#include "collector/domain/rules.hpp"
#include "collector/sources/kinds.hpp"

namespace wx::collector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string good_key(60, 'k');

Environment environment(std::map<std::string, std::string> variables) {
  variables.try_emplace("MET_OFFICE_API_KEY", good_key);
  return {"/run/here", [variables](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          }};
}

Result<Configuration> read(const std::string& text, std::map<std::string, std::string> variables = {}) {
  return read_configuration("config.yml", text, environment(std::move(variables)), source_kinds());
}

std::string problems(const std::string& text, std::map<std::string, std::string> variables = {}) {
  const auto result = read(text, std::move(variables));
  if (result) return "";
  EXPECT_EQ(result.error().code, Code::invalid);
  return result.error().message;
}

const std::string minimal = R"(met_office:
  api_key: "${MET_OFFICE_API_KEY}"
  location: {name: Newport Pagnell, latitude: 52.0867, longitude: -0.7231}
)";

TEST(Configuration, OfThePredecessorIsReadWithItsDefaultsAndUnits) {
  const auto result = read(R"(met_office:
  api_key: "${MET_OFFICE_API_KEY}"
  base_url: "https://data.hub.api.metoffice.gov.uk/"
  location:
    name: "Newport Pagnell"
    latitude: 52.0867
    longitude: -0.7231
  timeout: 30
  retry: {max_attempts: 4, initial_backoff: 5, max_backoff: 160, max_total_time: 300}
influxdb:
  url: "http://localhost:8086"
  org: "your-org-name"
  bucket: "weather"
  token: "YOUR_INFLUXDB_TOKEN_HERE"
  timeout: 10
  retry: {max_attempts: 3, initial_backoff: 2, max_backoff: 8}
cache: {file_path: "./cache/cache.json"}
logging: {level: "DEBUG"}
historical_import: {batch_size: 100}
security:
  validate_inputs: true
  max_response_size_mb: 2
  circuit_breaker: {failure_threshold: 5, recovery_timeout: 300}
monitoring: {enabled: true, metrics_port: 9090, health_check_interval: 30}
)");
  ASSERT_TRUE(result) << result.error().message;
  const auto& settings = result->settings;
  EXPECT_EQ(settings.sources[0].settings.api_key, good_key);
  EXPECT_EQ(settings.sources[0].settings.base_url, "https://data.hub.api.metoffice.gov.uk");
  EXPECT_EQ(settings.sources[0].settings.timeout, std::chrono::seconds(30));
  EXPECT_EQ(settings.sources[0].settings.retry.max_attempts, 4);
  EXPECT_EQ(settings.sources[0].settings.retry.max_total_time, std::chrono::seconds(300));
  EXPECT_EQ(settings.sources[0].settings.max_response_bytes, 2u << 20);
  ASSERT_EQ(settings.sources[0].settings.locations.size(), 1u);
  EXPECT_EQ(settings.sources[0].settings.locations[0].name, "Newport Pagnell");
  EXPECT_EQ(settings.bucket, "weather");
  EXPECT_EQ(settings.store.kind, "influxdb2");
  EXPECT_EQ(settings.store.url, "http://localhost:8086");
  EXPECT_EQ(settings.store.org, "your-org-name");
  EXPECT_EQ(settings.store_token, "YOUR_INFLUXDB_TOKEN_HERE");
  EXPECT_EQ(settings.cache_directory, "/run/here/cache");
  EXPECT_EQ(settings.log_level, LogLevel::debug);
  EXPECT_THAT(settings.metrics_file, IsEmpty());
  EXPECT_THAT(result->warnings, IsEmpty());
}

TEST(Configuration, TellsEveryMistakeWithItsPlace) {
  EXPECT_EQ(problems(R"(met_office:
  api_key: "${MET_OFFICE_API_KEY}"
  base_uri: "https://x"
  location: {name: "A", latitude: 152, longitude: -0.72}
  retry:
    max_attempts: 0
    max_backof: 3
security:
  max_response_size_mb: 9999
logging: {level: LOUD}
store: {kind: influxdb2}
)"),
            "config.yml:6:19: max_attempts: must lie between 1 and 100\n"
            "config.yml:7:5: unknown key \"max_backof\" in met_office.retry (did you mean \"max_backoff\"?)\n"
            "config.yml:4:35: latitude: must lie between -90 and 90 degrees\n"
            "config.yml:3:3: unknown key \"base_uri\" in met_office (did you mean \"base_url\"?)\n"
            "config.yml:11:15: kind: influxdb2 needs store.url or influxdb.url\n"
            "config.yml:10:18: level: must be DEBUG, INFO, WARNING, ERROR or CRITICAL\n"
            "config.yml:9:25: max_response_size_mb: must lie between 1 and 1024");
}

TEST(Configuration, WithoutAPlaceToObserveIsRefused) {
  EXPECT_THAT(problems("met_office: {api_key: \"${MET_OFFICE_API_KEY}\"}\n"),
              HasSubstr("met_office.location or locations is missing"));
}

TEST(Configuration, TakesAListOfPlacesInsteadOfTheOne) {
  const auto two = read(
      minimal +
      "locations:\n  - {name: B, latitude: 1, longitude: 2}\n  - {name: C, latitude: 3, longitude: 4}\n");
  ASSERT_TRUE(two) << two.error().message;
  ASSERT_EQ(two->settings.sources[0].settings.locations.size(), 2u);
  EXPECT_EQ(two->settings.sources[0].settings.locations[0].name, "B");
}

TEST(Configuration, TakesSourcesBesideTheMetOfficeAndInItsPlace) {
  const auto both = read(minimal + "open_meteo: {forecast_hours: 24}\n");
  ASSERT_TRUE(both) << both.error().message;
  ASSERT_EQ(both->settings.sources.size(), 2u);
  EXPECT_EQ(both->settings.sources[1].settings.base_url, "https://api.open-meteo.com");
  EXPECT_EQ(both->settings.sources[1].settings.locations[0].name, "Newport Pagnell");
  const auto alone = read("open_meteo: {location: {name: B, latitude: 1, longitude: 2}}\n");
  ASSERT_TRUE(alone) << alone.error().message;
  EXPECT_EQ(alone->settings.sources[0].settings.name, "open_meteo");
  const auto own = read(minimal + "open_meteo:\n  locations: [{name: B, latitude: 1, longitude: 2}]\n");
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->settings.sources[0].settings.locations[0].name, "Newport Pagnell");
  EXPECT_EQ(own->settings.sources[1].settings.locations[0].name, "B");
  EXPECT_THAT(problems(minimal + "open_meteo: {forcast_hours: 24}\n"),
              HasSubstr("did you mean \"forecast_hours\""));
  EXPECT_THAT(problems(minimal + "open_meteo: {forecast_hours: 385}\n"), HasSubstr("between 0 and 384"));
  EXPECT_THAT(problems(minimal + "open_metio: {}\n"), HasSubstr("did you mean \"open_meteo\""));
  EXPECT_THAT(problems("locations: []\n"), HasSubstr("no source: one of the blocks met_office, met_office_forecast, open_meteo"));
}

TEST(Configuration, RefusesTwoPlacesOfOneName) {
  EXPECT_THAT(
      problems(
          minimal +
          "locations:\n  - {name: B, latitude: 1, longitude: 2}\n  - {name: B, latitude: 3, longitude: 4}\n"),
      HasSubstr("config.yml:6:12: name: a location of this name is there already"));
}

TEST(Configuration, NamesAVariableThatIsNotSet) {
  EXPECT_EQ(
      problems(R"(met_office:
  api_key: "${NO_SUCH_KEY}"
  location: {name: A, latitude: 1, longitude: 2}
)"),
      "config.yml:2:12: api_key: ${NO_SUCH_KEY} is not set, neither in the environment nor as a credential");
}

TEST(Configuration, RefusesPlaceholdersWithoutRepeatingThem) {
  for (const std::string key : {"YOUR_MET_OFFICE_API_KEY_HERE", "short-secret-value"}) {
    const auto text = problems(minimal, {{"MET_OFFICE_API_KEY", key}});
    EXPECT_THAT(text, HasSubstr("config.yml:2:12: api_key: the API key is a placeholder"));
    EXPECT_THAT(text, Not(HasSubstr(key)));
  }
  EXPECT_FALSE(objection_to_api_key(good_key));
  EXPECT_TRUE(objection_to_api_key(good_key + "EXAMPLE"));
  EXPECT_TRUE(objection_to_api_key(good_key + "REPLACE"));
  EXPECT_TRUE(objection_to_api_key(good_key + "\nX-Header: evil"));
}

TEST(Configuration, LetsTheEnvironmentOverrideBucketAndStore) {
  const auto result = read(minimal + "influxdb: {bucket: weather}\nstore: {kind: sqlite, path: a.db}\n",
                           {{"WX_BUCKET", "weather-canary"}, {"WX_STORE", "/data/b.db"}});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->settings.bucket, "weather-canary");
  EXPECT_EQ(result->settings.store.path, "/data/b.db");
  EXPECT_THAT(result->warnings, IsEmpty());
}

TEST(Configuration, KnowsTheStoreOfEachKind) {
  const std::string influx = "influxdb: {url: 'http://h:1', org: o, token: '${MISSING}'}\n";
  const auto embedded = read(minimal + influx + "store: {kind: sqlite}\n");
  ASSERT_TRUE(embedded) << embedded.error().message;
  EXPECT_EQ(embedded->settings.store, (StoreAddress{.kind = "sqlite", .path = "/run/here/weather.db"}));
  EXPECT_THAT(embedded->warnings, ElementsAre(HasSubstr("influxdb.url is not written to")));
  const auto server = read(minimal + "store: {kind: influxdb1, url: 'http://h:2', token_file: t}\n");
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(server->settings.store,
            (StoreAddress{.kind = "influxdb1", .url = "http://h:2", .token_file = "/run/here/t"}));
  EXPECT_FALSE(read(minimal + influx));
  EXPECT_FALSE(read(minimal + "store: {kind: influxdb1}\n"));
  EXPECT_FALSE(read(minimal + "store: {kind: influxdb1, url: 'http://user@h'}\n"));
}

TEST(Configuration, WritesNoMetricsWhenMonitoringIsOff) {
  const auto off = read(minimal + "monitoring: {enabled: false, metrics_file: m.prom}\n");
  const auto on = read(minimal + "monitoring: {metrics_file: m.prom}\n");
  ASSERT_TRUE(off);
  ASSERT_TRUE(on);
  EXPECT_EQ(off->settings.metrics_file, "");
  EXPECT_EQ(on->settings.metrics_file, "/run/here/m.prom");
}

TEST(BaseUrl, MustNotSendTheKeyInClearBeyondThisMachine) {
  EXPECT_FALSE(objection_to_base_url("https://data.hub.api.metoffice.gov.uk"));
  EXPECT_FALSE(objection_to_base_url("http://127.0.0.1:8080"));
  EXPECT_FALSE(objection_to_base_url("http://[::1]:8080"));
  EXPECT_TRUE(objection_to_base_url("http://data.hub.api.metoffice.gov.uk"));
  EXPECT_TRUE(objection_to_base_url("http://127.0.0.1.evil.example"));
  EXPECT_TRUE(objection_to_base_url("http://localhost@evil.example"));
  EXPECT_TRUE(objection_to_base_url("file:///etc/passwd"));
  EXPECT_TRUE(objection_to_base_url("https://"));
}

TEST(LocationName, MustFitIntoATag) {
  EXPECT_FALSE(objection_to_location_name("Newport Pagnell"));
  EXPECT_TRUE(objection_to_location_name("a\\b"));
  EXPECT_TRUE(objection_to_location_name("a\nb"));
  EXPECT_TRUE(objection_to_location_name(""));
}

TEST(Expansion, ReplacesOnceAndLeavesLoneDollarsAlone) {
  const auto names = environment({{"A", "${B}"}, {"B", "b"}});
  EXPECT_EQ(*expand("x${A}y${B}", names), "x${B}yb");
  EXPECT_EQ(*expand("$5 and $$", names), "$5 and $");
  EXPECT_FALSE(expand("${A", names));
  EXPECT_FALSE(expand("${A B}", names));
  EXPECT_FALSE(expand("${}", names));
}

}  // namespace
}  // namespace wx::collector
