#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/app/drain.hpp"
#include "collector/app/modes.hpp"
#include "collector/domain/points.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/testkit/memory_stores.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using ::testing::HasSubstr;

RawRecord hour(int h, double temperature = 7) {
  const auto text = std::to_string(h);
  return {{"datetime", "2026-01-15T" + std::string(2 - text.size(), '0') + text + ":00:00Z"},
          {"temperature", temperature}};
}

struct World {
  testkit::MemoryFileSystem files;
  testing::FakeSource source;
  testing::FakeClock clock;
  testing::FakeLog log;
  Telemetry telemetry;
  testkit::MemoryStores::File buckets;
  int opened = 0;
  bool signalled = false;
  std::optional<Error> store_error;
  Spool spool{files, clock, log, "/state/spool", {}};
  Spool rejected{files, clock, log, "/state/spool/rejected", {}};

  World() { deliver_hours({hour(9), hour(10), hour(11)}); }
  void deliver_hours(std::vector<RawRecord> records) {
    source.result = std::vector<Harvest>{testing::observed("A", std::move(records))};
  }
  static Sink sink() { return {{.kind = "sqlite", .path = "/weather.db"}, "weather"}; }
  std::vector<double> temperatures() {
    std::vector<double> list;
    for (const auto& [key, point] : buckets["weather"])
      list.push_back(std::get<double>(point.fields.at("temperature")));
    return list;
  }
  Spools spools() { return {spool, rejected}; }
  Workshop workshop() {
    return {source,
            [this](const Sink&) -> Result<std::unique_ptr<BucketStore>> {
              ++opened;
              if (store_error) return *store_error;
              return testkit::make_memory_store(buckets);
            },
            clock,
            log,
            telemetry,
            [this] { return signalled; },
            sink(),
            true,
            Spools{spool, rejected}};
  }
};

TEST(Collect, WritesTheWholeWindowOnceAndThenOnlyWhatIsNewOrChanged) {
  World world;
  const auto first = collect(world.workshop());
  EXPECT_FALSE(first.failure);
  EXPECT_EQ(first.fetched, 3u);
  EXPECT_EQ(first.fresh, 3u);
  EXPECT_EQ(first.written, 3u);

  const auto second = collect(world.workshop());
  EXPECT_EQ(second.fresh, 0u);
  EXPECT_EQ(second.unchanged, 3u);
  EXPECT_EQ(second.written, 0u);

  world.deliver_hours({hour(10), hour(11, 9), hour(12)});
  const auto third = collect(world.workshop());
  EXPECT_EQ(third.fresh, 1u);
  EXPECT_EQ(third.changed, 1u);
  EXPECT_EQ(third.written, 2u);
  EXPECT_EQ(world.buckets["weather"].size(), 4u);
}

TEST(Collect, FailsWithoutTouchingTheStoreWhenTheSourceFails) {
  World world;
  world.source.result = Error{Code::failed, "refused"};
  const auto summary = collect(world.workshop());
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(summary.failure->stage, Stage::source);
  EXPECT_EQ(world.opened, 0);
}

TEST(Collect, KeepsInTheSpoolWhatTheStoreDoesNotTakeAndSaysSo) {
  World world;
  world.store_error = Error{Code::not_found, "no such file", "make it"};
  const auto summary = collect(world.workshop());
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(summary.failure->stage, Stage::spooled);
  EXPECT_THAT(summary.failure->error.message,
              HasSubstr("no such file; 3 points of this run wait in the spool"));
  EXPECT_THAT(summary.failure->error.remedy, HasSubstr("make it"));
  EXPECT_EQ(world.telemetry.store[StoreStatus::error], 1u);
  EXPECT_EQ(summary.spooled, 3u);
  EXPECT_EQ(summary.waiting, 3u);
}

TEST(Collect, DrainsTheSpoolAfterItsLivePointsWhichStayAsTheyAre) {
  World world;
  world.store_error = Error{Code::unavailable, "away"};
  collect(world.workshop());
  world.store_error.reset();
  world.deliver_hours({hour(11, 9), hour(12)});  // the hour 11 was corrected meanwhile
  const auto summary = collect(world.workshop());
  EXPECT_FALSE(summary.failure);
  EXPECT_EQ(summary.written, 2u);
  EXPECT_EQ(summary.drained, 3u);
  EXPECT_EQ(summary.waiting, 0u);
  ASSERT_EQ(world.buckets["weather"].size(), 4u);
  std::map<std::int64_t, FieldValue> temperatures;
  for (const auto& [key, point] : world.buckets["weather"])
    temperatures.emplace(std::get<2>(key), point.fields.at("temperature"));
  EXPECT_EQ(std::next(temperatures.begin(), 2)->second, FieldValue(9.0));
}

TEST(Collect, DrainsTheSpoolEvenWhenTheSourceFails) {
  World world;
  world.store_error = Error{Code::unavailable, "away"};
  collect(world.workshop());
  world.store_error.reset();
  world.source.result = Error{Code::failed, "refused"};
  const auto summary = collect(world.workshop());
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(summary.failure->stage, Stage::source);
  EXPECT_EQ(summary.drained, 3u);
  EXPECT_EQ(world.buckets["weather"].size(), 3u);
}

TEST(Collect, SpoolsEachPointOnceHoweverOftenTheStoreIsAway) {
  World world;
  world.store_error = Error{Code::unavailable, "away"};
  collect(world.workshop());
  world.deliver_hours({hour(10), hour(11, 9), hour(12)});
  const auto summary = collect(world.workshop());
  EXPECT_EQ(summary.spooled, 2u);
  EXPECT_EQ(summary.waiting, 5u);  // both versions of the hour 11
}

TEST(Collect, SaysThatPointsAreLostWhenTheSpoolFailsToo) {
  World world;
  world.store_error = Error{Code::unavailable, "away"};
  world.files.set_free_space(16);
  const auto summary = collect(world.workshop());
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(summary.failure->stage, Stage::store);
  EXPECT_THAT(summary.failure->error.message, HasSubstr("nor can 3 points be kept in the spool"));
  EXPECT_THAT(summary.failure->error.remedy, HasSubstr("next run fetches the past 48 hours again"));
  EXPECT_EQ(summary.spooled, 0u);
}

TEST(Flush, BringsNoOlderValueBackAfterARunThatDiedBeforeItDrained) {
  World world;
  world.store_error = Error{Code::unavailable, "away"};
  collect(world.workshop());
  world.store_error.reset();
  world.deliver_hours({hour(10, 9), hour(11)});  // the hour 10 was corrected meanwhile
  {
    const auto other = world.spool.lock_drain(0);  // the run does not come to drain
    EXPECT_EQ(collect(world.workshop()).written, 2u);
  }
  EXPECT_FALSE(flush(world.spools(), world.workshop().open_store, [] { return false; }).failure);
  EXPECT_EQ(world.temperatures(), (std::vector<double>{7, 9, 7}));
}

TEST(Flush, WritesTheNewestOfSeveralVersionsFromTheFirstSliceOn) {
  World world;
  std::vector<Point> many;  // more than a slice
  for (std::int64_t i = 0; i < 6000; ++i)
    many.push_back({"m", "", i, {{"temperature", 1.0}, {"humidity", 5.0}}});
  ASSERT_TRUE(world.spool.keep(World::sink(), many));
  ASSERT_TRUE(world.spool.keep(World::sink(), {{"m", "", 0, {{"temperature", 2.0}}}}));
  const auto once = [&] { return !world.buckets["weather"].empty(); };
  flush(world.spools(), world.workshop().open_store, once);
  ASSERT_EQ(world.buckets["weather"].size(), 5000u) << "stopped after a slice";
  const auto& first = world.buckets["weather"].begin()->second;
  EXPECT_EQ(first.fields.at("temperature"), FieldValue(2.0));
  EXPECT_EQ(first.fields.at("humidity"), FieldValue(5.0));
  ASSERT_TRUE(world.spool.keep(World::sink(), {{"m", "", 0, {{"temperature", 3.0}}}}));
  EXPECT_FALSE(flush(world.spools(), world.workshop().open_store, [] { return false; }).failure);
  EXPECT_EQ(world.buckets["weather"].begin()->second.fields.at("temperature"), FieldValue(3.0));
}

TEST(Flush, SucceedsOnlyWhenNothingIsLeft) {
  World world;
  world.store_error = Error{Code::unavailable, "away"};
  collect(world.workshop());
  const auto open = world.workshop().open_store;
  const auto never = [] { return false; };
  const auto refused = flush(world.spools(), open, never);
  ASSERT_TRUE(refused.failure);
  EXPECT_EQ(refused.failure->stage, Stage::spooled);
  EXPECT_THAT(refused.failure->error.message, HasSubstr("3 points wait in the spool"));
  EXPECT_EQ(refused.sinks.at(0).left, 3u);
  world.store_error.reset();
  const auto done = flush(world.spools(), open, never);
  EXPECT_FALSE(done.failure);
  EXPECT_EQ(done.sinks.at(0).drained, 3u);
  EXPECT_EQ(world.buckets["weather"].size(), 3u);
}

TEST(Collect, WritesThePlacesThatHaveDataAndFailsForThoseWithout) {
  World world;
  world.source.result = std::vector<Harvest>{testing::observed("A", {hour(9)}),
                                             testing::observed("B", {{{"datetime", std::string("x")}}})};
  const auto summary = collect(world.workshop());
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(summary.failure->stage, Stage::validation);
  EXPECT_THAT(summary.failure->error.message, HasSubstr("B"));
  EXPECT_EQ(summary.written, 1u);
}

TEST(Collect, WritesThePlacesThatASourceAnsweredForAndFailsForTheOthers) {
  World world;
  world.source.errors = {Error{Code::failed, "no answer for B"}, Error{Code::failed, "nor for C"}};
  const auto summary = collect(world.workshop());
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(summary.failure->stage, Stage::source);
  EXPECT_EQ(summary.failure->error.message, "no answer for B");
  EXPECT_THAT(world.log.text, HasSubstr("nor for C"));
  EXPECT_EQ(summary.written, 3u);
}

TEST(Collect, WritesNothingAfterASignalButKeepsIt) {
  World world;
  world.signalled = true;
  const auto summary = collect(world.workshop());
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(summary.spooled, 3u);
  EXPECT_EQ(summary.failure->error.code, Code::interrupted);
  EXPECT_TRUE(world.buckets["weather"].empty());
}

TEST(DryRun, NeverOpensTheStore) {
  World world;
  const auto summary = dry_run(world.workshop());
  EXPECT_FALSE(summary.failure);
  EXPECT_EQ(summary.fetched, 3u);
  EXPECT_FALSE(summary.fresh);
  EXPECT_EQ(world.opened, 0);
}

TEST(TestMode, LeavesNothingBehindAndTheMainBucketAlone) {
  World world;
  const auto store = testkit::make_memory_store(world.buckets);
  ASSERT_TRUE(store->write("weather-scratch", {{"left", "by=kill", 1, {{"f", 1.0}}}}));
  const auto summary = test_mode(world.workshop());
  EXPECT_FALSE(summary.failure) << summary.failure->error.message;
  EXPECT_EQ(summary.written, 3u);
  EXPECT_EQ(summary.bucket, "weather-scratch");
  EXPECT_FALSE(world.buckets.contains("weather-scratch"));
  EXPECT_TRUE(world.buckets["weather"].empty());
}

}  // namespace
}  // namespace wx::collector
