#include "collector/domain/points.hpp"

#include <gtest/gtest.h>

#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

Point point(std::int64_t time, std::map<std::string, FieldValue> fields) {
  return {std::string(measurement::observed), "location=A,source=met_office", time, std::move(fields)};
}

TEST(Tags, AreSortedAndEscapedAsTheLineProtocolWants) {
  EXPECT_EQ(tags_of({"Newport Pagnell", 0, 0}, land_observations()),
            "location=Newport\\ Pagnell,source=met_office");
  EXPECT_EQ(tags_of({"a=b,c", 0, 0}, land_observations()), "location=a\\=b\\,c,source=met_office");
}

TEST(Points, CarryTheTimeOfTheObservationInNanoseconds) {
  const auto points =
      to_points({"A", 0, 0}, land_observations(),
                {{WallTime(std::chrono::seconds(1'700'000'000)), {{"temperature", 7.0}}}}, testing::noon());
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].time_ns, 1'700'000'000'000'000'000);
  EXPECT_EQ(points[0].measurement, "weather_observation");
}

TEST(Changes, TellNewChangedAndUnchangedApart) {
  const std::vector<Point> stored{point(1, {{"t", 1.0}}), point(2, {{"t", 2.0}}), point(3, {{"t", 3.0}})};
  const auto result = changes(stored, {point(1, {{"t", 1.0}}), point(2, {{"t", 2.5}}),
                                       point(3, {{"t", 3.0}, {"h", 80.0}}), point(4, {{"t", 4.0}})});
  EXPECT_EQ(result.unchanged, 1u);
  EXPECT_EQ(result.changed, 2u);
  EXPECT_EQ(result.fresh, 1u);
  EXPECT_EQ(result.due.size(), 3u);
}

TEST(Changes, TakeAFieldThatOnlyTheBucketHasForNoChange) {
  EXPECT_EQ(changes({point(1, {{"t", 1.0}, {"h", 80.0}})}, {point(1, {{"t", 1.0}})}).unchanged, 1u);
}

TEST(Changes, CompareWholeNumbersOfOtherWritersByValue) {
  EXPECT_EQ(changes({point(1, {{"t", std::int64_t{65}}})}, {point(1, {{"t", 65.0}})}).unchanged, 1u);
  EXPECT_EQ(changes({point(1, {{"t", std::string("65")}})}, {point(1, {{"t", 65.0}})}).changed, 1u);
}

TEST(Changes, KeepPlacesApart) {
  auto elsewhere = point(1, {{"t", 1.0}});
  elsewhere.tags = "location=B,source=met_office";
  EXPECT_EQ(changes({elsewhere}, {point(1, {{"t", 1.0}})}).fresh, 1u);
}

}  // namespace
}  // namespace wx::collector
