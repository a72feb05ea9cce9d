#include "orchestrator/domain/run_levels.hpp"

#include <gtest/gtest.h>

namespace wx {
namespace {

constexpr Micros second{1'000'000};
constexpr WallTime begin{Micros{1'700'000'000'000'000}};

Run run_at(int seconds, const std::string& result = "success") {
  Run run;
  run.at = begin + second * seconds;
  run.slot = "blue";
  run.role = "active";
  run.trigger = "timer";
  run.result = result;
  run.duration_ms = 100;
  run.cpu_ms = 50;
  run.memory_peak_bytes = 1000;
  return run;
}

TEST(RunLevels, AreTheMostThatAnyRunTook) {
  std::vector<wx::Run> runs{run_at(0), run_at(10), run_at(20)};
  runs[1].memory_peak_bytes = 5000;
  runs[2].duration_ms = 700;
  const RunLevels levels = run_levels(runs, Slot::blue, begin);
  EXPECT_EQ(levels.runs, 3U);
  EXPECT_EQ(levels.memory_peak_bytes, 5000);
  EXPECT_EQ(levels.longest_ms, 700);
}

TEST(RunLevels, CountTheSlotsOwnRunsOfTheWindowThatHaveEnded) {
  std::vector<wx::Run> runs{run_at(0), run_at(10), run_at(20), run_at(30, "lost"), run_at(40)};
  runs[1].slot = "green";
  runs[4].result.reset();
  EXPECT_EQ(run_levels(runs, Slot::blue, begin + second * 5).runs, 1U);
  EXPECT_EQ(run_levels(runs, Slot::blue, begin).runs, 2U);
}

TEST(RunLevels, TakeCpuOverTheTimeBetweenTheStarts) {
  EXPECT_EQ(run_levels({run_at(0)}, Slot::blue, begin).cpu_share, std::nullopt);
  const auto share = run_levels({run_at(0), run_at(1), run_at(2)}, Slot::blue, begin).cpu_share;
  ASSERT_TRUE(share);
  EXPECT_DOUBLE_EQ(*share, 0.05);  // twice 50 ms in 2 s
}

TEST(RunLevels, SayNothingOfWhatNoRunTells) {
  wx::Run run = run_at(0);
  run.memory_peak_bytes.reset();
  run.duration_ms.reset();
  const RunLevels levels = run_levels({run}, Slot::blue, begin);
  EXPECT_EQ(levels.memory_peak_bytes, std::nullopt);
  EXPECT_EQ(levels.longest_ms, std::nullopt);
}

TEST(TicksOfATimer, CountActivationsNotRuns) {
  std::vector<wx::Run> runs{run_at(0), run_at(1), run_at(2, "failure"), run_at(3)};
  runs[1].mirror_of = "a";
  runs[3].trigger = "manual";
  const Ticks ticks = ticks_of(runs, begin);
  EXPECT_EQ(ticks.due, 2U);
  EXPECT_EQ(ticks.good, 1U);
}

TEST(TicksOfATimer, AreGoodWhenTheActiveSlotMadeThemGood) {
  std::vector<wx::Run> runs{run_at(0, "failure"), run_at(1), run_at(2, "failure")};
  runs[0].slot = "green";
  runs[0].role = "candidate";
  runs[0].block = runs[1].block = 3;
  runs[0].position = runs[1].position = 7;
  runs[1].fallback = true;
  const Ticks ticks = ticks_of(runs, begin);
  EXPECT_EQ(ticks.due, 2U);
  EXPECT_EQ(ticks.good, 1U);
}

TEST(DeliveredRuns, AreThoseThatLeftAPointOfTheirTime) {
  const auto ns = [](int seconds, int ms) {
    return (begin + second * seconds + Micros{1000} * ms).time_since_epoch().count() * 1000;
  };
  std::vector<wx::Run> runs{run_at(0), run_at(10), run_at(20, "failure"), run_at(30), run_at(40)};
  runs[3].role = "candidate";
  const Delivered done = delivered(runs, {ns(0, 0), ns(9, 999), ns(40, 100)}, begin);
  EXPECT_EQ(done.owed, 3U);
  EXPECT_EQ(done.lost, 1U);
  EXPECT_EQ(delivered(runs, {}, begin + second * 41).owed, 0U);
}

}  // namespace
}  // namespace wx
