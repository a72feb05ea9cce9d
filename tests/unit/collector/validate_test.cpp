#include "collector/domain/validate.hpp"

#include <gtest/gtest.h>

#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using testing::noon;

RawRecord at(const std::string& time, double temperature = 7) {
  return {{"datetime", time}, {"temperature", temperature}};
}

TEST(Validation, SortsByTimeWhateverTheOrderOfTheAnswer) {
  const auto result =
      validate(land_observations(), {at("2026-01-15T11:00:00Z"), at("2026-01-14T11:00:00Z")}, noon(), true);
  ASSERT_EQ(result.observations.size(), 2u);
  EXPECT_LT(result.observations[0].time, result.observations[1].time);
  EXPECT_TRUE(result.rejected.empty());
}

TEST(Validation, KeepsTheGoodFieldsOfARecordWithABadOne) {
  auto record = at("2026-01-15T11:00:00Z");
  record["mslp"] = 100910.0;
  record["humidity"] = 88.0;
  const auto result = validate(land_observations(), {record}, noon(), true);
  ASSERT_EQ(result.observations.size(), 1u);
  EXPECT_EQ(result.observations[0].fields.size(), 2u);
  EXPECT_EQ(result.rejected, (Rejections{{Reason::out_of_range, 1}}));
}

TEST(Validation, AllowsClocksToDisagreeALittle) {
  EXPECT_EQ(validate(land_observations(), {at("2026-01-15T12:10:00Z")}, noon(), true).observations.size(),
            1u);
  EXPECT_EQ(validate(land_observations(), {at("2026-01-15T12:20:00Z")}, noon(), true).rejected,
            (Rejections{{Reason::future_time, 1}}));
}

TEST(Validation, MergesTwoRecordsOfOneHourAndCountsIt) {
  auto second = at("2026-01-15T11:00:00Z", 8);
  auto first = at("2026-01-15T11:00:00Z", 7);
  first["humidity"] = 88.0;
  const auto result = validate(land_observations(), {first, second}, noon(), true);
  ASSERT_EQ(result.observations.size(), 1u);
  EXPECT_EQ(std::get<double>(result.observations[0].fields.at("temperature")), 8.0);
  EXPECT_EQ(std::get<double>(result.observations[0].fields.at("humidity")), 88.0);
  EXPECT_EQ(result.rejected, (Rejections{{Reason::duplicate, 1}}));
}

TEST(Validation, StoresFieldsUnderTheNamesOfThePredecessor) {
  const RawRecord record{
      {"datetime", std::string("2026-01-15T11:00:00Z")}, {"mslp", 1009.0}, {"weather_code", 7.0}};
  const auto result = validate(land_observations(), {record}, noon(), true);
  ASSERT_EQ(result.observations.size(), 1u);
  EXPECT_TRUE(result.observations[0].fields.contains("msl_pressure"));
  EXPECT_TRUE(result.observations[0].fields.contains("weather_code"));
}

}  // namespace
}  // namespace wx::collector
