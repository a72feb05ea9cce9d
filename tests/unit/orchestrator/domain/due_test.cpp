#include "orchestrator/domain/due.hpp"

#include <gtest/gtest.h>

namespace wx {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t second = 1'000'000'000;

WallTime at(Micros time) {
  return WallTime{time};
}

Run run(const std::string& role, Micros started, Micros ended, const std::string& result = "success") {
  Run out;
  out.role = role;
  out.at = at(started);
  out.ended = at(ended);
  out.result = result;
  return out;
}

TEST(DueTimes, WithoutAReachARunOwesFromItsWholeSecondToItsEnd) {
  const DueTimes due({run("active", 10'400ms, 11'200ms)}, "active", 0us, at(0s));
  EXPECT_FALSE(due.contains(10 * second - 1));
  EXPECT_TRUE(due.contains(10 * second)) << "the second in which it started";
  EXPECT_TRUE(due.contains(11'200'000'000)) << "its end";
  EXPECT_FALSE(due.contains(11'200'000'001));
  EXPECT_EQ(due.last_look(10 * second), std::nullopt) << "a point belongs to its run alone";
}

TEST(DueTimes, WithAReachARunOwesWhatLiesBehindItsStart) {
  const DueTimes due({run("active", 100s, 101s), run("active", 300s, 301s)}, "active", 50s, at(0s));
  EXPECT_FALSE(due.contains(50 * second - 1));
  EXPECT_TRUE(due.contains(50 * second));
  EXPECT_TRUE(due.contains(100 * second));
  EXPECT_FALSE(due.contains(100 * second + 1)) << "it began before";
  EXPECT_FALSE(due.contains(249 * second));
  EXPECT_TRUE(due.contains(300 * second));
  EXPECT_EQ(due.last_look(60 * second), 100 * second);
  EXPECT_EQ(due.last_look(200 * second), std::nullopt);
}

TEST(DueTimes, TheLastLookIsTheLastRunWithinReach) {
  const DueTimes due({run("active", 100s, 101s), run("active", 120s, 121s)}, "active", 50s, at(0s));
  EXPECT_EQ(due.last_look(60 * second), 100 * second) << "120 s is too late for it";
  EXPECT_EQ(due.last_look(80 * second), 120 * second);
}

TEST(DueTimes, OnlySuccessfulRunsOfTheRoleCount) {
  const std::vector<wx::Run> runs{run("active", 10s, 11s, "failure"), run("candidate", 20s, 21s),
                                  run("active", 30s, 31s, "degraded"), run("active", 40s, 41s, "lost")};
  const DueTimes due(runs, "active", 0us, at(0s));
  EXPECT_FALSE(due.contains(10 * second));
  EXPECT_FALSE(due.contains(20 * second));
  EXPECT_TRUE(due.contains(30 * second));
  EXPECT_FALSE(due.contains(40 * second));
  EXPECT_EQ(due.runs(), 1U);
  EXPECT_TRUE(DueTimes(runs, "candidate", 0us, at(0s)).contains(20 * second));
}

TEST(DueTimes, NothingIsDueBeforeTheBeginning) {
  const std::vector<wx::Run> runs{run("active", 10s, 11s), run("active", 60s, 61s)};
  const DueTimes with_reach(runs, "active", 50s, at(30s));
  EXPECT_FALSE(with_reach.contains(29 * second));
  EXPECT_TRUE(with_reach.contains(30 * second));
  EXPECT_EQ(with_reach.runs(), 1U);
  EXPECT_FALSE(DueTimes(runs, "active", 0us, at(30s)).contains(10 * second));
}

TEST(DueTimes, ARunThatReachesIntoTheNextSecondIsNotBlamedForIt) {
  const std::vector<wx::Run> runs{run("active", 10'800ms, 11'200ms)};
  const DueTimes due(runs, "active", 0us, at(0s));
  EXPECT_TRUE(due.blames(10 * second));
  EXPECT_TRUE(due.contains(11 * second));
  EXPECT_FALSE(due.blames(11 * second)) << "it may have stamped its point with the second in which it began";
  EXPECT_TRUE(DueTimes(runs, "active", 5s, at(0s)).blames(9 * second));
}

TEST(DueTimes, RunsMayOverlapInOneSecond) {
  const DueTimes due(
      {run("active", 10'100ms, 10'200ms), run("active", 10'700ms, 12s), run("active", 14s, 15s)}, "active",
      0us, at(0s));
  for (const std::int64_t time : {10 * second, 11 * second, 12 * second, 14 * second})
    EXPECT_TRUE(due.contains(time)) << time;
  EXPECT_FALSE(due.contains(13 * second));
  EXPECT_EQ(due.runs(), 3U);
}

TEST(DueTimes, AnEndThatNobodySawIsToldByTheDuration) {
  wx::Run unseen = run("active", 10s, 10s);
  unseen.ended.reset();
  unseen.duration_ms = 2000;
  EXPECT_EQ(times_of(unseen).to_ns, 12 * second);
  wx::Run stepped = run("active", 10'500ms, 9s);  // the clock was set back in between
  EXPECT_EQ(times_of(stepped).to_ns, 10'500'000'000);
}

}  // namespace
}  // namespace wx
