#include "collector/spool/spool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testkit/failing_filesystem.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::int64_t hour_ns = 3'600'000'000'000;

Sink sink(const std::string& bucket = "weather") {
  return {{.kind = "sqlite", .path = "/weather.db"}, bucket};
}

Point point(std::int64_t hour, double temperature = 7, const std::string& place = "A") {
  return {"weather_observation",
          "location=" + place + ",source=met_office",
          hour * hour_ns,
          {{"temperature", temperature}, {"wind_direction", std::string("SSW")}}};
}

std::vector<Point> points(std::int64_t first, std::int64_t count) {
  std::vector<Point> list;
  for (auto hour = first; hour < first + count; ++hour) list.push_back(point(hour));
  return list;
}

struct World {
  testkit::MemoryFileSystem files;
  testing::FakeClock clock;
  testing::FakeLog log;

  Spool spool(FileSystem& on, SpoolLimits limits = {}) { return {on, clock, log, "/state/spool", limits}; }
  Spool spool(SpoolLimits limits = {}) { return spool(files, limits); }

  // The hours that wait for a bucket, in the order of the spool.
  std::vector<std::int64_t> hours(const std::string& bucket = "weather") {
    std::vector<std::int64_t> list;
    auto reader = spool();
    EXPECT_TRUE(reader.for_each([&](const Batch& batch) {
      if (batch.sink == sink(bucket))
        for (const auto& entry : batch.points) list.push_back(entry.time_ns / hour_ns);
      return Status{};
    }));
    return list;
  }
  std::string segment(int number) {
    return "/state/spool/000000000000000" + std::to_string(number) + ".segment";
  }
};

using Hours = std::vector<std::int64_t>;

TEST(Batch, ComesBackAsItWas) {
  const Batch batch{
      {{.kind = "influxdb2", .url = "http://h:1", .org = "o"}, "b"},
      testing::noon(),
      "why",
      {{"m", "t=1", -5, {{"d", 0.1}, {"i", std::int64_t{-7}}, {"s", std::string("a\0b\n", 4)}, {"t", true}}},
       {"", "", 9, {}}}};
  const auto bytes = encode(batch);
  const auto read = decode(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sink, batch.sink);
  EXPECT_EQ(read->kept, batch.kept);
  EXPECT_EQ(read->reason, "why");
  ASSERT_EQ(read->points.size(), 2u);
  EXPECT_EQ(read->points[0].fields, batch.points[0].fields);
  EXPECT_TRUE(same_point(read->points[0], batch.points[0]));
  const auto head = decode_head(bytes);
  ASSERT_TRUE(head);
  EXPECT_EQ(std::tuple(head->points, head->first_ns, head->last_ns), std::tuple(2u, -5, 9));
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(decode(bytes.substr(0, cut))) << cut;
}

TEST(Spool, IsNotMadeBeforeSomethingIsKept) {
  World world;
  auto spool = world.spool();
  EXPECT_TRUE(spool.waiting()->empty());
  EXPECT_TRUE(spool.next(sink(), 10)->points.empty());
  EXPECT_TRUE(spool.lock_drain(0));
  EXPECT_TRUE(spool.tidy());
  EXPECT_TRUE(world.files.dump().size() <= 1);
}

TEST(Spool, KeepsAPositionForEachSink) {
  World world;
  auto spool = world.spool();
  ASSERT_TRUE(spool.keep(sink("a"), points(1, 2)));
  ASSERT_TRUE(spool.keep(sink("b"), points(1, 1)));
  ASSERT_TRUE(spool.keep(sink("a"), points(3, 1)));
  const auto slice = spool.next(sink("a"), 2);
  ASSERT_EQ(slice->points.size(), 2u);
  ASSERT_TRUE(spool.done(sink("a"), slice->end));
  EXPECT_EQ(world.hours("a"), Hours({3}));
  EXPECT_EQ(world.hours("b"), Hours({1}));
  ASSERT_TRUE(spool.done(sink("a"), spool.next(sink("a"), 9)->end));
  ASSERT_TRUE(spool.done(sink("b"), spool.next(sink("b"), 9)->end));
  EXPECT_TRUE(spool.waiting()->empty());
  EXPECT_EQ(*spool.bytes(), 0u);
}

TEST(Spool, NumbersOfSegmentsAreNeverUsedAgain) {
  World world;
  auto spool = world.spool();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(spool.keep(sink(), points(round, 1)));
    EXPECT_EQ(world.hours(), Hours({round}));
    ASSERT_TRUE(spool.done(sink(), spool.next(sink(), 9)->end));
    EXPECT_TRUE(world.hours().empty());
  }
}

TEST(Spool, ASliceHoldsEachPointOnceWithWhatWasKeptLast) {
  World world;
  auto spool = world.spool();
  ASSERT_TRUE(spool.keep(sink(), {point(1), point(2)}));
  EXPECT_EQ(*spool.keep(sink(), {point(1), point(2, 8)}), 1u);
  const auto slice = spool.next(sink(), 100);
  ASSERT_EQ(slice->points.size(), 2u);
  EXPECT_EQ(slice->points[1].fields.at("temperature"), FieldValue(8.0));
}

TEST(Spool, WhatIsKeptSurvivesALossOfPower) {
  World world;
  auto spool = world.spool({.max_bytes = 32 * 1024});  // of several segments
  for (int hour = 0; hour < 40; ++hour) {
    ASSERT_TRUE(spool.keep(sink(), points(hour, 1)));
    world.files.crash();
    ASSERT_EQ(world.hours().size(), static_cast<std::size_t>(hour + 1));
  }
}

TEST(Spool, DamageAtAnyByteCostsOnlyABatch) {
  World world;
  auto spool = world.spool();
  for (int hour = 0; hour < 4; ++hour) ASSERT_TRUE(spool.keep(sink(), points(hour, 1)));
  const auto file = *world.files.read(world.segment(1), 1 << 20);
  const auto batch = file.size() / 4;
  for (std::size_t at = 0; at < file.size(); ++at) {
    auto damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    world.files.put(world.segment(1), damaged);
    Hours expected{0, 1, 2, 3};
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(at / batch));
    ASSERT_EQ(world.hours(), expected) << "byte " << at;
  }
  EXPECT_EQ(spool.inspect()->damaged.size(), 1u);
  ASSERT_TRUE(spool.done(sink(), spool.next(sink(), 9)->end));
  ASSERT_TRUE(spool.tidy());
  EXPECT_EQ(spool.losses().damaged, 1u);
  EXPECT_THAT(world.log.text, HasSubstr("1 record of the spool cannot be read"));
  EXPECT_TRUE(world.files.info("/state/spool/damaged"));
  EXPECT_EQ(*spool.bytes(), 0u);
}

TEST(Spool, DamagedPositionsSendAgainRatherThanLose) {
  World world;
  auto spool = world.spool();
  ASSERT_TRUE(spool.keep(sink(), points(1, 1)));
  ASSERT_TRUE(spool.keep(sink(), points(2, 1)));
  ASSERT_TRUE(spool.done(sink(), spool.next(sink(), 1)->end));
  ASSERT_EQ(world.hours(), Hours({2}));
  const auto positions = *world.files.read("/state/spool/positions", 1 << 20);
  for (std::size_t at = 0; at < positions.size(); ++at) {
    auto damaged = positions;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x01);
    world.files.put("/state/spool/positions", damaged);
    ASSERT_EQ(world.hours(), Hours({1, 2})) << "byte " << at;
  }
}

TEST(Spool, DropsTheOldestBeyondItsSizeAndSaysWhatThatWas) {
  World world;
  auto spool = world.spool({.max_bytes = 64 * 1024});
  for (int hour = 0; hour < 1000; ++hour) ASSERT_TRUE(spool.keep(sink(), {point(hour)}));
  EXPECT_LE(*spool.bytes(), 64u * 1024);
  const auto left = world.hours();
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(left.back(), 999);
  EXPECT_EQ(spool.losses().dropped, 1000 - left.size());
  EXPECT_THAT(world.log.text, HasSubstr("of A, 1970-01-01T00:00:00Z to "));
  EXPECT_THAT(world.log.text, HasSubstr("the spool is full"));
}

TEST(Spool, DropsWhatWaitedTooLong) {
  World world;
  auto spool = world.spool({.max_age = 1h});
  ASSERT_TRUE(spool.keep(sink(), points(1, 2)));
  world.clock.passed += 59min;
  ASSERT_TRUE(spool.keep(sink(), points(3, 1)));
  EXPECT_EQ(spool.losses().dropped, 0u);
  world.clock.passed += 2min;
  ASSERT_TRUE(spool.keep(sink(), points(4, 1)));
  EXPECT_EQ(world.hours(), Hours({3, 4}));
  EXPECT_EQ(spool.losses().dropped, 2u);
  EXPECT_THAT(world.log.text, HasSubstr("2 points of A, 1970-01-01T01:00:00Z to 1970-01-01T02:00:00Z"));
}

TEST(Spool, ClearRemovesAllAndSaysHowMuch) {
  World world;
  auto spool = world.spool();
  ASSERT_TRUE(spool.keep(sink("a"), points(1, 3)));
  ASSERT_TRUE(spool.keep(sink("b"), points(1, 1)));
  EXPECT_EQ(*spool.clear(), 4u);
  EXPECT_TRUE(spool.waiting()->empty());
  ASSERT_TRUE(spool.keep(sink("a"), points(1, 1)));
  EXPECT_EQ(world.hours("a"), Hours({1}));
}

// The disk is full, or may only be read, at each effect in turn: what was acknowledged stays, and it goes on
// afterwards.
TEST(Spool, AFailureAtAnyEffectLosesNothingThatWasAcknowledged) {
  for (std::size_t effect = 0;; ++effect) {
    World world;
    testkit::FailingFileSystem failing(world.files);
    failing.fail_at(effect);
    auto spool = world.spool(failing, {.max_bytes = 4096});
    Hours acknowledged;
    std::set<std::int64_t> delivered;
    for (int hour = 0; hour < 3; ++hour)
      if (spool.keep(sink(), points(hour, 1))) acknowledged.push_back(hour);
    for (int slices = 0; slices < 10; ++slices) {
      const auto slice = spool.next(sink(), 1);
      ASSERT_TRUE(slice);
      for (const auto& entry : slice->points) delivered.insert(entry.time_ns / hour_ns);
      if (!slice->points.empty()) static_cast<void>(spool.done(sink(), slice->end));
    }
    for (const auto hour : acknowledged)
      EXPECT_TRUE(delivered.contains(hour)) << "effect " << effect << ", hour " << hour;
    EXPECT_TRUE(world.hours().empty()) << "effect " << effect;
    EXPECT_EQ(spool.losses().dropped + spool.losses().damaged, 0u);
    if (effect >= failing.effects().size()) break;
    EXPECT_GE(acknowledged.size(), 2u);
  }
}

}  // namespace
}  // namespace wx::collector
