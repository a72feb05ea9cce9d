#include "orchestrator/domain/prometheus.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace wx {
namespace {

constexpr std::string_view text = R"(# HELP cache_total Operations of the cache.
# TYPE cache_total counter
cache_total{op="hit"} 95
cache_total{op="miss"} 5 1795507200000

lag_seconds 1.5e-1
cache_total_bytes 7
odd{path="a b}c"} 2
tabbed	3
endless +Inf
none NaN
)";

double value(std::string_view series) {
  const auto found = metric_value(text, series);
  EXPECT_TRUE(found) << found.error().message;
  return found.value_or(-1.0);
}

TEST(Prometheus, ReadsASeriesByItsLabels) {
  EXPECT_EQ(value("cache_total{op=\"hit\"}"), 95);
  EXPECT_EQ(value("cache_total{op=\"miss\"}"), 5);
  EXPECT_EQ(value("odd{path=\"a b}c\"}"), 2);
}

TEST(Prometheus, SumsTheSeriesOfANameWithoutLabels) {
  EXPECT_EQ(value("cache_total"), 100);
  EXPECT_EQ(value("lag_seconds"), 0.15);
}

TEST(Prometheus, ReadsTheFormatsSpecialValuesAndTabs) {
  EXPECT_EQ(value("tabbed"), 3);
  EXPECT_TRUE(std::isinf(value("endless")));
  EXPECT_TRUE(std::isnan(value("none")));
}

TEST(Prometheus, TellsWhichSeriesIsNotThere) {
  for (const char* series : {"cache", "cache_total{op=\"write\"}", "# HELP cache_total", ""}) {
    const auto found = metric_value(text, series);
    ASSERT_FALSE(found) << series;
    EXPECT_EQ(found.error().code, Code::not_found);
    EXPECT_EQ(found.error().message, std::string("the metrics have no series ") + series);
  }
}

TEST(Prometheus, DoesNotTakeALineWithoutANumberForZero) {
  EXPECT_FALSE(metric_value("lag_seconds high\n", "lag_seconds"));
  EXPECT_FALSE(metric_value("lag_seconds\n", "lag_seconds"));
  EXPECT_FALSE(metric_value("lag_seconds{a=\"b\"}\n", "lag_seconds"));
  EXPECT_FALSE(metric_value("lag_seconds{a=\"b\" 1\n", "lag_seconds{a=\"b\""));
}

}  // namespace
}  // namespace wx
