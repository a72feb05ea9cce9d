#include "orchestrator/engine/run_points.hpp"

#include <gtest/gtest.h>

#include "orchestrator/domain/due.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;

constexpr WallTime noon{1'800'000'000s};

class RunPointsTest : public testing::Test {
 protected:
  RunPointsTest() {
    EXPECT_TRUE(machine.ports.stores.create(machine.layout.data + "/ticks.db"));
    machine.world.clock.advance(noon + 10s - machine.world.clock.now());
  }

  // A run of 100 ms.
  wx::Run& run(const std::string& role, Micros at) {
    wx::Run out;
    out.id = "run-" + std::to_string(runs.size());
    out.role = role;
    out.at = noon + at;
    out.duration_ms = 100;
    out.result = "success";
    runs.push_back(out);
    return runs.back();
  }
  void write(const std::string& bucket, Micros at, double value = 1, const std::string& tags = "host=a") {
    auto store = machine.ports.stores.open({.path = machine.layout.data + "/ticks.db"});
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->write(bucket, {Point{"tick", tags, to_ns(noon + at), {{"value", value}}}}));
  }
  RunFacts measured(std::size_t index) {
    RunFacts facts;
    RunPoints points(machine.ports, machine.layout, *manifest.store, noon);
    const Status status = points.measure(runs, index, facts);
    EXPECT_TRUE(status) << status.error().message;
    return facts;
  }

  Machine machine;
  Manifest manifest = machine.manifest();
  std::vector<wx::Run> runs;
};

TEST_F(RunPointsTest, BelongToTheRunOfTheirBucketInWhichTheyWereWritten) {
  run("active", 2s);
  run("candidate", 4s);
  run("active", 6s);
  write("ticks", 2050ms);
  write("ticks", 2060ms, 1, "host=b");
  write("ticks-candidate", 4050ms);
  write("ticks", 6050ms);
  EXPECT_EQ(measured(0).points, 2);
  EXPECT_EQ(measured(1).points, 1);
  EXPECT_EQ(measured(2).points, 1);
}

TEST_F(RunPointsTest, MayCarryTheWholeSecondInWhichTheRunStarted) {
  run("active", 2900ms);
  run("active", 3900ms);
  write("ticks", 2s);
  write("ticks", 3s);
  EXPECT_EQ(measured(0).points, 2) << "it ended in the next second, before the other one began";
  EXPECT_EQ(measured(1).points, 0);
  run("active", 6900ms);
  write("ticks", 6s);
  EXPECT_EQ(measured(2).points, 1);
}

TEST_F(RunPointsTest, OfTheNewestRunMayBeLate) {
  run("active", 2s);
  write("ticks", 5s);
  EXPECT_EQ(measured(0).points, 1) << "a busy machine started its program three seconds later";
}

TEST_F(RunPointsTest, AreTellingByTheMedianOfEachField) {
  run("active", 2s);
  write("ticks", 2010ms, 1);
  write("ticks", 2020ms, 5);
  write("ticks", 2030ms, 2);
  write("ticks", 2040ms, 7, "host=b");
  const auto values = measured(0).values;
  EXPECT_EQ(values, (std::map<std::string, double>{{"host=a value", 2}, {"host=b value", 7}}));
}

TEST_F(RunPointsTest, OfAPairAreComparedWhereTheirTimesMeet) {
  const std::string pair = run("active", 2s).id;
  run("candidate", 2200ms).mirror_of = pair;
  for (const char* tags : {"host=a", "host=b", "host=c"}) write("ticks", 2s, 1, tags);
  write("ticks-candidate", 2s, 1, "host=a");
  write("ticks-candidate", 2s, 2, "host=b");
  EXPECT_EQ(measured(1).compared, (ComparedPoints{3, 2})) << "one differs, one is missing";
  EXPECT_FALSE(measured(0).compared);
}

TEST_F(RunPointsTest, OfAPairWithTimesOfTheirOwnAreNotCompared) {
  const std::string pair = run("active", 2s).id;
  run("candidate", 2200ms).mirror_of = pair;
  write("ticks", 2050ms);
  write("ticks-candidate", 2250ms);
  EXPECT_FALSE(measured(1).compared);
}

TEST_F(RunPointsTest, OfAWindowAreThoseThatTheBucketHasOfAllThatAreDue) {
  manifest.store->reach = 1h;
  run("active", 2s);
  run("candidate", 4s);
  for (int i = 0; i < 4; ++i) write("ticks", std::chrono::milliseconds(i * 500));
  for (int i = 0; i < 3; ++i) write("ticks-candidate", std::chrono::milliseconds(i * 500));
  write("ticks", -1s);  // before the candidate was on trial
  EXPECT_EQ(measured(1).points, 3);
  EXPECT_EQ(measured(1).due, 4);
  EXPECT_EQ(measured(1).compared, (ComparedPoints{4, 1}));
  EXPECT_EQ(measured(0).points, 4);
  run("candidate", 6s);
  EXPECT_FALSE(measured(1).points) << "nobody knows any more what the bucket held then";
}

TEST_F(RunPointsTest, ThatCannotBeReadAreAnError) {
  run("active", 2s);
  machine.world.stores.remove(machine.layout.data + "/ticks.db");
  RunFacts facts;
  RunPoints points(machine.ports, machine.layout, *manifest.store, noon);
  EXPECT_FALSE(points.measure(runs, 0, facts));
}

}  // namespace
}  // namespace wx
