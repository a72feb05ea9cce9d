#include "collector/report/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/core/text.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using ::testing::HasSubstr;
using testing::noon;
using ::testing::Not;

const std::vector<Location> places{{"Newport \"P\"", 1, 2}};

Telemetry one_good_request() {
  Telemetry telemetry;
  telemetry.requests[RequestStatus::ok] = 1;
  telemetry.request_seconds = {0.2};
  telemetry.cache[CacheOperation::hit] = 1;
  telemetry.store[StoreStatus::ok] = 1;
  return telemetry;
}

Summary good_summary() {
  Summary summary;
  summary.written = 48;
  summary.newest[places[0].name] = noon();
  return summary;
}

TEST(Metrics, OfTheFirstRunHoldEveryKnownLabelValue) {
  const auto text = render_metrics({}, good_summary(), one_good_request(), places, noon());
  EXPECT_THAT(text, HasSubstr("weather_api_requests_total{status=\"ok\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("weather_api_requests_total{status=\"http_429\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("cache_operations_total{operation=\"miss\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("influxdb_operations_total{status=\"error\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("weather_collector_rejected_total{reason=\"out_of_range\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("weather_api_request_duration_seconds_bucket{le=\"0.1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("weather_api_request_duration_seconds_bucket{le=\"0.25\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("weather_api_request_duration_seconds_bucket{le=\"+Inf\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("_last_observation_timestamp_seconds{location=\"Newport \\\"P\\\"\"} 1768478400\n"));
}

TEST(Metrics, CountOnFromTheLastFile) {
  auto text = render_metrics({}, good_summary(), one_good_request(), places, noon());
  text = render_metrics(parse_metrics(text), good_summary(), one_good_request(), places, noon());
  EXPECT_THAT(text, HasSubstr("weather_api_requests_total{status=\"ok\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("weather_api_request_duration_seconds_count 2\n"));
  EXPECT_THAT(text, HasSubstr("weather_api_request_duration_seconds_sum 0.4\n"));
  EXPECT_THAT(text, HasSubstr("weather_collector_points_written_total 96\n"));
}

TEST(Metrics, OfAFailedRunKeepTheLastSuccessAndFreshness) {
  const auto first = render_metrics({}, good_summary(), one_good_request(), places, noon());
  Summary failed;
  failed.failure = Failure{Stage::source, {Code::failed, "x"}};
  const auto later = noon() + std::chrono::hours(1);
  const auto text = render_metrics(parse_metrics(first), failed, {}, places, later);
  EXPECT_THAT(text, HasSubstr("weather_collector_last_success_timestamp_seconds 1768478400\n"));
  EXPECT_THAT(text, HasSubstr("weather_collector_last_run_timestamp_seconds 1768482000\n"));
  EXPECT_THAT(text, HasSubstr("weather_collector_last_run_success 0\n"));
  EXPECT_THAT(text,
              HasSubstr("_last_observation_timestamp_seconds{location=\"Newport \\\"P\\\"\"} 1768478400\n"));
}

TEST(Metrics, AreNotFreshWhenTheStoreTookNothing) {
  auto summary = good_summary();
  summary.failure = Failure{Stage::store, {Code::unavailable, "x"}};
  EXPECT_THAT(render_metrics({}, summary, {}, places, noon()), Not(HasSubstr("timestamp_seconds{location")));
}

TEST(Metrics, ParseDamageAsNothing) {
  EXPECT_TRUE(parse_metrics("garbage\n# HELP x y\nx NaN\ny{a=\"b\"} 1x\n\n \n").empty());
  EXPECT_EQ(parse_metrics("y{a=\"b c\"} 3").at("y{a=\"b c\"}"), 3);
}

TEST(Metrics, KeepTheRulesOfTheTextFormat) {
  const auto text = render_metrics({}, good_summary(), one_good_request(), places, noon());
  EXPECT_TRUE(text.ends_with('\n'));
  std::set<std::string> families;
  std::string family;
  for (const auto& line : split(text, '\n')) {
    if (line.empty()) continue;
    if (line.starts_with("# TYPE ")) {
      family = split(line, ' ')[2];
      EXPECT_TRUE(families.insert(family).second) << family;
      EXPECT_EQ(line.ends_with(" counter"), family.ends_with("_total")) << family;
    } else if (!line.starts_with("# HELP ")) {
      EXPECT_TRUE(line.starts_with(family)) << line;  // all samples of a name in its block
    }
  }
}

}  // namespace
}  // namespace wx::collector
