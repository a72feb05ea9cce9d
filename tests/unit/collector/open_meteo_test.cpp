#include "collector/sources/open_meteo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/config/read.hpp"
#include "collector/domain/points.hpp"
#include "collector/domain/validate.hpp"
#include "collector/sources/kinds.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using ::testing::HasSubstr;
using testing::noon;

// Eleven o'clock and, beyond now, one o'clock.
std::string answer(const std::string& unit = "°C", const std::string& temperatures = "7.9,8.5") {
  return R"({"latitude":52.08,"hourly_units":{"time":"unixtime","temperature_2m":")" + unit +
         R"(","weather_code":"wmo code"},"hourly":{"time":[1768474800,1768482000],"temperature_2m":[)" +
         temperatures + R"(],"weather_code":[61,null]}})";
}

Validated judged(const std::string& text) {
  const auto readings = parse_open_meteo(text);
  EXPECT_TRUE(readings) << readings.error().message;
  return readings ? validate(readings->at(0).product, readings->at(0).records, noon(), true) : Validated{};
}

TEST(OpenMeteoAnswer, IsAnalysisUpToNowAndForecastBeyond) {
  const auto result = judged(answer());
  EXPECT_TRUE(result.rejected.empty());
  const auto product = parse_open_meteo(answer())->at(0).product;
  const auto points = to_points({"A", 0, 0}, product, result.observations, noon());
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].measurement, "weather_analysis");
  EXPECT_EQ(points[0].tags, "location=A,source=open_meteo");
  EXPECT_EQ(points[0].fields.at("weather_code_wmo"), FieldValue(61.0));
  EXPECT_EQ(points[1].measurement, "weather_forecast");
  EXPECT_EQ(points[1].fields.size(), 1u) << "null is left out";
}

TEST(OpenMeteoAnswer, LosesOnlyTheFieldInAnotherUnit) {
  const auto result = judged(answer("°F"));
  EXPECT_EQ(result.rejected, (Rejections{{Reason::no_fields, 1}, {Reason::wrong_unit, 2}}));
  ASSERT_EQ(result.observations.size(), 1u);
  EXPECT_TRUE(result.observations[0].fields.contains("weather_code_wmo"));
}

TEST(OpenMeteoAnswer, LosesOnlyTheColumnThatIsNotParallelToTheTimes) {
  const auto result = judged(answer("°C", "7.9"));
  EXPECT_EQ(result.rejected, (Rejections{{Reason::no_fields, 1}, {Reason::wrong_type, 2}}));
  EXPECT_EQ(result.observations.size(), 1u);
}

TEST(OpenMeteoAnswer, IsUnusableWhenItIsNotOneWholeDocument) {
  for (const auto& text : std::vector<std::string>{
           "", "{}", "[1]", R"({"hourly":{}})", answer() + "Unexpected error while streaming data: timeout",
           answer().substr(0, 90), "<html>", std::string(100'000, '[')})
    EXPECT_FALSE(parse_open_meteo(text)) << text.substr(0, 200);
}

TEST(OpenMeteo, AsksForManyPlacesAtOnceAndTakesThemInTheirOrder) {
  std::string config = "open_meteo: {retry: {max_attempts: 1}}\nlocations:\n";
  for (int i = 0; i < 150; ++i)
    config += "  - {name: P" + std::to_string(i) + ", latitude: 1, longitude: 2}\n";
  const Environment nothing{"/here", [](const std::string&) { return std::nullopt; }};
  const auto configuration = read_configuration("c", config, nothing, source_kinds());
  ASSERT_TRUE(configuration) << configuration.error().message;
  testing::FakeHttp http;
  testing::FakeClock clock;
  testing::FakeLog log;
  testkit::MemoryFileSystem files;
  Telemetry telemetry;
  const auto list = [](int places) {
    std::string text = "[" + answer();
    for (int i = 1; i < places; ++i) text += "," + answer();
    return text + "]";
  };
  http.answer(200, list(100));
  http.answer(200, list(49));
  const auto& configured = configuration->settings.sources.at(0);
  const auto source = configured.make(
      configured.settings,
      {{http, clock, log, [] { return 0.5; }, [] { return false; }}, files, telemetry, "/cache", "/quota"});
  const auto yield = source->fetch();
  EXPECT_EQ(http.requests.size(), 2u);
  EXPECT_THAT(http.requests[0].url, HasSubstr("wind_speed_unit=ms"));
  ASSERT_EQ(yield.harvests.size(), 100u);
  EXPECT_EQ(yield.harvests[99].location.name, "P99");
  ASSERT_EQ(yield.errors.size(), 1u);
  EXPECT_THAT(yield.errors[0].message, HasSubstr("49 places instead of 50"));
}

}  // namespace
}  // namespace wx::collector
