#include "collector/sources/station_cache.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/adapters/posix_filesystem.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using testing::noon;
using namespace std::chrono_literals;

class StationCacheOnDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "stations-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  StationCache open(const std::string& service = "https://a", bool read_only = false) {
    return {*files_, directory_ + "/cache/stations.json", service, read_only, telemetry_};
  }

  std::unique_ptr<FileSystem> files_ = make_posix_filesystem();
  std::string directory_;
  Telemetry telemetry_;
  const Location place_{"A", 52.0867, -0.7231};
};

TEST_F(StationCacheOnDisk, RemembersAStationOverRuns) {
  ASSERT_TRUE(open().put(place_, {"gcr2xy", "Milton Keynes"}, noon()));
  const auto found = open().find(place_, noon() + 24h);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->geohash, "gcr2xy");
  EXPECT_EQ(telemetry_.cache[CacheOperation::hit], 1u);
}

TEST_F(StationCacheOnDisk, ForgetsAfterAWeekAndAfterAClockThatWasAhead) {
  ASSERT_TRUE(open().put(place_, {"gcr2xy", ""}, noon()));
  EXPECT_FALSE(open().find(place_, noon() + 8 * 24h));
  EXPECT_FALSE(open().find(place_, noon() - 1h));
  EXPECT_EQ(telemetry_.cache[CacheOperation::miss], 2u);
}

TEST_F(StationCacheOnDisk, KeepsServersAndPlacesApart) {
  ASSERT_TRUE(open().put(place_, {"gcr2xy", ""}, noon()));
  EXPECT_FALSE(open("https://b").find(place_, noon()));
  EXPECT_FALSE(open().find({"A", 53, -0.72}, noon()));
}

TEST_F(StationCacheOnDisk, WritesNothingWhenReadOnly) {
  ASSERT_TRUE(open("https://a", true).put(place_, {"gcr2xy", ""}, noon()));
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(StationCacheOnDisk, TakesADamagedFileForAnEmptyOne) {
  std::filesystem::create_directory(directory_ + "/cache");
  for (const char* text :
       {"", "{", "[]", R"({"format":2,"stations":[]})", R"({"format":1,"stations":[1,{"geohash":3}]})",
        R"({"format":1,"stations":[{"service":"https://a","latitude":"52.09","longitude":"-0.72",)"
        R"("geohash":"../../x","found":"2026-01-15T11:00:00Z"}]})"}) {
    std::ofstream(directory_ + "/cache/stations.json") << text;
    EXPECT_FALSE(open().find(place_, noon())) << text;
  }
}

TEST(Coordinates, HaveTwoDecimalsAndNoNegativeZero) {
  EXPECT_EQ(two_decimals(52.0867), "52.09");
  EXPECT_EQ(two_decimals(-0.7231), "-0.72");
  EXPECT_EQ(two_decimals(-0.001), "0.00");
}

}  // namespace
}  // namespace wx::collector
