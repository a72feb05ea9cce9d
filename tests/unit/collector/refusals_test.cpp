#include "collector/app/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "collector/app/drain.hpp"
#include "collector/app/modes.hpp"
#include "collector/report/exit_code.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/unit/collector/fakes.hpp"
#include "tests/unit/collector/refusing_store.hpp"

namespace wx::collector {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t hour_ns = 3'600'000'000'000;
constexpr const char* conflict = "field type conflict: temperature is an integer";

std::vector<Point> points(std::int64_t count) {
  std::vector<Point> list;
  for (std::int64_t hour = 0; hour < count; ++hour)
    list.push_back({"weather_observation",
                    "location=A,source=met_office",
                    testing::noon().time_since_epoch().count() * 1000 - hour * hour_ns,
                    {{"temperature", static_cast<double>(hour)}}});
  return list;
}

// Refuses the points with these temperatures.
std::function<std::optional<std::string>(const Point&)> refuse(std::set<double> temperatures,
                                                               const std::string& why = conflict) {
  return [=](const Point& point) -> std::optional<std::string> {
    return temperatures.contains(std::get<double>(point.fields.at("temperature"))) ? std::optional(why)
                                                                                   : std::nullopt;
  };
}

struct World {
  testkit::MemoryFileSystem files;
  testing::FakeSource source;
  testing::FakeClock clock;
  testing::FakeLog log;
  Telemetry telemetry;
  testkit::MemoryStores::File buckets;
  testing::Refusals refusals;
  bool signalled = false;
  Spool spool{files, clock, log, "/state/spool", {}};
  Spool rejected{files, clock, log, "/state/spool/rejected", {}};

  static Sink sink() { return {{.kind = "influxdb1", .url = "http://h:1"}, "weather"}; }
  Spools spools() { return {spool, rejected}; }
  OpenStore open() {
    return [this](const Sink&) -> Result<std::unique_ptr<BucketStore>> {
      return std::unique_ptr<BucketStore>(std::make_unique<testing::RefusingStore>(buckets, refusals));
    };
  }
  std::function<bool()> interrupted() {
    return [this] { return signalled; };
  }
  Sifted sift(std::vector<Point> list) {
    testing::RefusingStore store(buckets, refusals);
    return write_sifted(store, "weather", std::move(list), interrupted());
  }
  Flush drain(bool rejected_too = false) { return flush(spools(), open(), interrupted(), rejected_too); }

  // A run whose source delivers the hours 9, 10 and 11 of that day with these temperatures.
  Summary run(const std::vector<double>& temperatures) {
    std::vector<RawRecord> records;
    for (std::size_t i = 0; i < temperatures.size(); ++i) {
      const auto hour = std::to_string(9 + i);
      records.push_back({{"datetime", "2026-01-15T" + std::string(2 - hour.size(), '0') + hour + ":00:00Z"},
                         {"temperature", temperatures[i]}});
    }
    source.result = std::vector<Harvest>{testing::observed("A", std::move(records))};
    return collect({source, open(), clock, log, telemetry, interrupted(), sink(), true, spools()});
  }
  std::uint64_t waiting(Spool& of) {
    std::uint64_t count = 0;
    for (const auto& entry : *of.waiting()) count += entry.span.points;
    return count;
  }
};

TEST(Sieve, FindsEachBadPointWhateverTheServerDoesWithTheOthers) {
  for (const bool partial : {true, false}) {
    for (const std::set<double>& bad :
         {std::set<double>{}, {0}, {7}, {99}, {49, 50}, {0, 1, 2, 97, 98, 99}}) {
      World world;
      world.refusals = {.reason = refuse(bad), .partial = partial};
      const auto sifted = world.sift(points(100));
      EXPECT_FALSE(sifted.error);
      EXPECT_EQ(sifted.written, 100 - bad.size());
      EXPECT_EQ(count_points(sifted.refused), bad.size());
      EXPECT_EQ(world.buckets["weather"].size(), 100 - bad.size());
      EXPECT_LE(world.refusals.writes, static_cast<int>(1 + bad.size() * 14)) << "two for each halving";
    }
  }
}

TEST(Sieve, KeepsReasonsApart) {
  World world;
  world.refusals.reason = [](const Point& point) -> std::optional<std::string> {
    const auto value = std::get<double>(point.fields.at("temperature"));
    return value < 2 ? std::optional<std::string>("one") : value < 4 ? std::optional("other") : std::nullopt;
  };
  const auto sifted = world.sift(points(9));
  ASSERT_EQ(sifted.refused.size(), 2u);
  EXPECT_EQ(sifted.refused[0].reason, "one");
  EXPECT_EQ(sifted.refused[0].points.size(), 2u);
  EXPECT_EQ(sifted.refused[1].reason, "other");
}

TEST(Sieve, AsksOnceWhenTheServerSaysThatItDroppedAll) {
  World world;
  world.refusals = {.reason = refuse({0, 1, 2, 3}), .counted = true};
  EXPECT_EQ(count_points(world.sift(points(4)).refused), 4u);
  EXPECT_EQ(world.refusals.writes, 1);
}

TEST(Sieve, LeavesWhatIsNotWrittenWhenTheStoreGoesAway) {
  World world;
  world.refusals.reason = [&](const Point&) -> std::optional<std::string> {
    if (world.refusals.writes == 3) world.refusals.away = Error{Code::unavailable, "away"};
    return world.refusals.writes < 3 ? std::optional<std::string>("x") : std::nullopt;
  };
  const auto sifted = world.sift(points(8));  // all, the first half, the first quarter are asked for
  ASSERT_TRUE(sifted.error);
  EXPECT_EQ(sifted.error->code, Code::unavailable);
  EXPECT_EQ(sifted.written, 2u);
  EXPECT_EQ(sifted.left.size(), 6u);
}

TEST(RefusedForGood, ALivePointIsSetAsideAndTheOthersAreWritten) {
  World world;
  world.refusals.reason = refuse({8});
  const auto summary = world.run({7, 8, 9});
  EXPECT_EQ(summary.written, 2u);
  EXPECT_EQ(summary.refused, 1u);
  EXPECT_EQ(summary.set_aside, 1u);
  EXPECT_EQ(summary.waiting, 0u);
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(exit_code(summary.failure), ExitCode::failed);
  EXPECT_THAT(summary.failure->error.message, HasSubstr(conflict));
  EXPECT_THAT(summary.failure->error.remedy, HasSubstr("spool list --rejected"));
  const auto listed = *world.rejected.waiting();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_THAT(listed[0].reason, HasSubstr(conflict));

  world.refusals.writes = 0;
  const auto again = world.run({7, 8, 9});
  EXPECT_FALSE(again.failure) << "what is set aside is no news";
  EXPECT_EQ(again.unchanged, 3u);
  EXPECT_EQ(again.refused, 0u);
  EXPECT_EQ(world.refusals.writes, 0) << "nor is it sent again";
  EXPECT_EQ(world.run({7, 8.5, 9}).written, 1u) << "another value is";
}

TEST(RefusedForGood, APointThatWaitsHoldsUpNoOther) {
  World world;
  world.refusals.away = Error{Code::unavailable, "away"};
  EXPECT_EQ(world.run({7, 8, 9}).spooled, 3u);
  world.refusals = {.reason = refuse({8}), .partial = false};
  const auto flushed = world.drain();
  EXPECT_EQ(flushed.sinks.at(0).drained, 2u);
  EXPECT_EQ(flushed.sinks.at(0).left, 0u);
  EXPECT_EQ(count_points(flushed.sinks.at(0).refused), 1u);
  ASSERT_TRUE(flushed.failure);
  EXPECT_EQ(exit_code(flushed.failure), ExitCode::failed);
  EXPECT_FALSE(world.drain().failure) << "nothing waits any more";
  EXPECT_EQ(world.waiting(world.rejected), 1u);
  EXPECT_EQ(world.buckets["weather"].size(), 2u);
}

TEST(RefusedForGood, IsWrittenByADrainOfTheRejectedWhenTheStoreTakesIt) {
  World world;
  world.refusals.reason = refuse({8});
  world.run({7, 8, 9});
  EXPECT_EQ(count_points(world.drain(true).sinks.at(0).refused), 1u);
  EXPECT_EQ(world.waiting(world.rejected), 1u) << "refused again, set aside again";
  world.refusals.reason = nullptr;
  const auto flushed = world.drain(true);
  EXPECT_FALSE(flushed.failure);
  EXPECT_EQ(flushed.sinks.at(0).drained, 1u);
  EXPECT_EQ(world.buckets["weather"].size(), 3u);
  EXPECT_EQ(world.waiting(world.rejected), 0u);
}

TEST(RefusedForGood, IsNotWrittenOverWhatTheBucketHasMeanwhile) {
  World world;
  world.refusals.reason = refuse({8});
  world.run({7, 8});
  world.run({7, 8.5});
  world.refusals.reason = nullptr;
  EXPECT_FALSE(world.drain(true).failure);
  EXPECT_EQ(world.waiting(world.rejected), 0u);
  EXPECT_EQ(std::get<double>(world.buckets["weather"].rbegin()->second.fields.at("temperature")), 8.5);
}

TEST(RefusedForGood, StaysSetAsideWhenTheStoreIsAwayAtADrainOfTheRejected) {
  World world;
  world.refusals.reason = refuse({8});
  world.run({7, 8});
  world.refusals.away = Error{Code::unavailable, "away"};
  const auto flushed = world.drain(true);
  ASSERT_TRUE(flushed.failure);
  EXPECT_EQ(exit_code(flushed.failure), ExitCode::spooled);
  EXPECT_THAT(flushed.failure->error.message, HasSubstr("refused cannot be tried again now: away"));
  EXPECT_EQ(world.waiting(world.rejected), 1u);
  EXPECT_EQ(world.waiting(world.spool), 0u);
}

TEST(RefusedForGood, IsNeitherLostNorSentTwiceWhenTheDrainIsKilledInBetween) {
  World world;
  ASSERT_TRUE(world.spool.keep(World::sink(), points(4)));
  ASSERT_TRUE(world.rejected.keep(World::sink(), {points(4)[2]}, conflict));  // set aside, but not done
  world.refusals.reason = refuse({2});
  const auto flushed = world.drain();
  EXPECT_FALSE(flushed.failure);
  EXPECT_EQ(flushed.sinks.at(0).drained, 3u);
  EXPECT_EQ(world.waiting(world.rejected), 1u);
}

TEST(RefusedForGood, GoesOnWhereItWasStopped) {
  World world;
  ASSERT_TRUE(world.spool.keep(World::sink(), points(64)));
  world.refusals.reason = [&](const Point&) -> std::optional<std::string> {
    world.signalled = world.refusals.writes == 20;
    return conflict;
  };
  int rounds = 0;
  for (; world.waiting(world.spool) > 0; ++rounds) {
    ASSERT_LT(rounds, 20);
    world.signalled = false;
    world.refusals.writes = 0;
    world.drain();
  }
  EXPECT_GT(rounds, 1);
  EXPECT_EQ(world.waiting(world.rejected), 64u);
}

TEST(RefusedForGood, WhatABucketDoesNotKeepAnyMoreIsNoFailure) {
  World world;
  world.refusals.reason = refuse({7}, "partial write: points beyond retention policy");
  const auto summary = world.run({7, 8, 9});
  EXPECT_FALSE(summary.failure);
  EXPECT_EQ(summary.refused, 1u);
  EXPECT_THAT(world.log.text, HasSubstr("does not keep any more"));
}

TEST(RefusedForGood, WaitsWhenItCannotEvenBeSetAside) {
  World world;
  world.files.put("/state/spool/rejected", "a file where the directory should be");
  world.refusals.reason = refuse({8});
  const auto summary = world.run({7, 8, 9});
  EXPECT_EQ(summary.refused, 0u);
  EXPECT_EQ(summary.waiting, 1u);
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(exit_code(summary.failure), ExitCode::spooled);
}

TEST(RefusedForGood, ARehearsalFailsAndSetsNothingAside) {
  World world;
  world.refusals.reason = refuse({8});
  world.run({7});
  world.source.result = std::vector<Harvest>{
      testing::observed("A", {{{"datetime", "2026-01-15T11:00:00Z"}, {"temperature", 8.0}}})};
  const auto summary = test_mode({world.source, world.open(), world.clock, world.log, world.telemetry,
                                  world.interrupted(), World::sink(), true, world.spools()});
  ASSERT_TRUE(summary.failure);
  EXPECT_THAT(summary.failure->error.message, HasSubstr(conflict));
  EXPECT_EQ(world.waiting(world.rejected), 0u);
}

}  // namespace
}  // namespace wx::collector
