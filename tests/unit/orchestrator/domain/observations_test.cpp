#include "orchestrator/domain/observations.hpp"

#include <gtest/gtest.h>

namespace wx {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{1'000'000s};
constexpr std::uint64_t quarter =
    3;  // a generation that splits 25 %: blocks of four with one for the candidate

// Runs of one rollout, a second apart.
class Ledgered {
 public:
  Run& add(const std::string& role, std::optional<std::uint64_t> block, std::optional<std::uint64_t> position,
           const std::string& result = "success") {
    Run run;
    run.id = "run-" + std::to_string(runs.size());
    run.at = start + std::chrono::seconds(runs.size());
    run.slot = role == "candidate" ? "green" : "blue";
    run.role = role;
    run.generation = quarter;
    run.trigger = "timer";
    run.counted = true;
    run.block = block;
    run.position = position;
    run.rollout = "o-1";
    run.duration_ms = 10;
    if (!result.empty()) run.result = result;
    runs.push_back(run);
    return runs.back();
  }
  // A block of four whose run at `chosen` is the candidate's.
  Ledgered& block(std::uint64_t number, std::uint64_t chosen, const std::string& candidate = "success") {
    for (std::uint64_t i = 0; i < 4; ++i)
      add(i == chosen ? "candidate" : "active", number, i, i == chosen ? candidate : "success");
    return *this;
  }
  Ledgered& pair(const std::string& active, const std::string& candidate) {
    const std::string peer = add("active", std::nullopt, std::nullopt, active).id;
    add("candidate", std::nullopt, std::nullopt, candidate).mirror_of = peer;
    return *this;
  }
  [[nodiscard]] Observations observed() const { return observe(runs, scope); }

  std::vector<Run> runs;
  ObservationScope scope{"o-1", start, {}, {{quarter, {RouteMode::split, 25}}}, {}};
};

TEST(Observations, TakeEachCompleteBlockForAUnit) {
  const auto seen = Ledgered().block(0, 2).block(1, 0).observed();
  ASSERT_EQ(seen.units.size(), 2U);
  EXPECT_EQ(seen.units[0].candidate.size(), 1U);
  EXPECT_EQ(seen.units[0].active.size(), 3U);
  EXPECT_EQ(seen.candidate_runs, 2U);
  EXPECT_EQ(seen.active_runs, 6U);
  EXPECT_EQ(seen.left_out, 0U);
  EXPECT_EQ(seen.interval, 1s);
  EXPECT_EQ(seen.block_size, 4U);
  EXPECT_EQ(seen.newest_candidate, start + 4s + 10ms);
  EXPECT_FALSE(seen.candidate_runs_now);
}

TEST(Observations, LeaveOutABlockThatIsNotComplete) {
  auto ledger = Ledgered().block(0, 2);
  ledger.add("candidate", 1, 0);
  ledger.add("active", 1, 1);
  EXPECT_EQ(ledger.observed().units.size(), 1U);
  EXPECT_EQ(ledger.observed().left_out, 2U);
  ledger.add("active", 1, 2);
  ledger.add("active", 1, 3, "");
  EXPECT_EQ(ledger.observed().units.size(), 1U) << "its last run is still going on";
  ledger.runs.back().result = "success";
  EXPECT_EQ(ledger.observed().units.size(), 2U);
}

TEST(Observations, FollowBlocksOverAReweight) {
  auto ledger = Ledgered().block(0, 2);
  ledger.add("candidate", 1, 0);  // left in the middle
  ledger.scope.routes[quarter + 1] = {RouteMode::split, 50};
  ledger.add("active", 2, 0).generation = quarter + 1;
  ledger.add("candidate", 2, 1).generation = quarter + 1;
  const auto seen = ledger.observed();
  ASSERT_EQ(seen.units.size(), 2U);
  EXPECT_EQ(seen.units[1].active.size(), 1U);
  EXPECT_EQ(seen.block_size, 2U);
}

TEST(Observations, KnowNoBlockOfARouteThatNobodyKnows) {
  auto ledger = Ledgered().block(0, 2);
  ledger.scope.routes.clear();
  EXPECT_TRUE(ledger.observed().units.empty());
  EXPECT_EQ(ledger.observed().left_out, 4U);
}

TEST(Observations, LeaveOutWhatNoTimerStarted) {
  auto ledger = Ledgered();
  for (const char* trigger : {"manual", "catch-up", "retry"}) {
    auto& run = ledger.add("active", std::nullopt, std::nullopt);
    run.trigger = trigger;
    run.counted = false;
  }
  ledger.block(0, 1);
  const auto seen = ledger.observed();
  EXPECT_EQ(seen.units.size(), 1U);
  EXPECT_EQ(seen.active_runs, 3U);
  EXPECT_EQ(seen.left_out, 3U);
}

TEST(Observations, LeaveOutALostRunAndAUnitWithoutASide) {
  const auto lost_candidate = Ledgered().block(0, 2, "lost").observed();
  EXPECT_TRUE(lost_candidate.units.empty()) << "nothing to compare with";
  auto ledger = Ledgered().block(0, 2);
  ledger.runs[0].result = "lost";
  ASSERT_EQ(ledger.observed().units.size(), 1U);
  EXPECT_EQ(ledger.observed().units[0].active.size(), 2U);
  EXPECT_TRUE(Ledgered().pair("lost", "success").pair("success", "lost").observed().units.empty());
}

TEST(Observations, GiveAFallbackToTheRunThatItMadeGood) {
  auto ledger = Ledgered();
  ledger.add("candidate", 0, 0, "failure");
  auto& again = ledger.add("active", 0, 0, "");
  again.fallback = true;
  again.counted = false;
  for (std::uint64_t i = 1; i < 4; ++i) ledger.add("active", 0, i);
  EXPECT_TRUE(ledger.observed().units.empty()) << "the fallback has not ended";
  ledger.runs[1].result = "success";
  const auto good = ledger.observed();
  ASSERT_EQ(good.units.size(), 1U);
  EXPECT_EQ(good.units[0].active.size(), 3U) << "a fallback is no sample";
  EXPECT_TRUE(good.units[0].candidate[0].failed);
  EXPECT_TRUE(good.units[0].candidate[0].attributable);
  EXPECT_EQ(good.left_out, 0U);
  ledger.runs[1].result = "failure";
  EXPECT_FALSE(ledger.observed().units[0].candidate[0].attributable) << "nobody could have done it";
}

TEST(Observations, BlameAFailureWithoutAFallbackByTheActiveRunBefore) {
  auto ledger = Ledgered().block(0, 3, "failure");
  EXPECT_TRUE(ledger.observed().units[0].candidate[0].attributable);
  ledger.runs[2].result = "failure";
  EXPECT_FALSE(ledger.observed().units[0].candidate[0].attributable);
  EXPECT_FALSE(Ledgered().block(0, 0, "failure").observed().units[0].candidate[0].attributable)
      << "nothing is known of the active slot yet";
}

TEST(Observations, TakeThePairOfAMirroredRun) {
  auto ledger = Ledgered().pair("success", "failure").pair("failure", "failure").pair("success", "");
  ledger.scope.routes[quarter] = {RouteMode::mirror, 100};
  const auto seen = ledger.observed();
  EXPECT_TRUE(seen.candidate_runs_now);
  ASSERT_EQ(seen.units.size(), 2U);
  EXPECT_TRUE(seen.units[0].mirrored);
  EXPECT_TRUE(seen.units[0].candidate[0].attributable);
  EXPECT_FALSE(seen.units[1].candidate[0].attributable);
  EXPECT_EQ(seen.block_size, 1U);
}

TEST(Observations, TakeTheSecondOfTwoRunsAtOnePlace) {
  auto ledger = Ledgered();
  ledger.add("candidate", 0, 0, "lost");
  ledger.block(0, 0);
  const auto seen = ledger.observed();
  ASSERT_EQ(seen.units.size(), 1U);
  EXPECT_EQ(seen.units[0].candidate[0].run, "run-1");
}

TEST(Observations, LookOnlyAtThisRolloutSinceItsFirstRoute) {
  auto ledger = Ledgered().block(0, 1).block(1, 1);
  for (int i = 0; i < 4; ++i) ledger.runs[static_cast<std::size_t>(i)].rollout = "o-0";
  EXPECT_EQ(ledger.observed().units.size(), 1U);
  ledger.scope.since = start + 5s;
  EXPECT_TRUE(ledger.observed().units.empty());
}

TEST(Observations, SeeWhatHadEndedAtATime) {
  auto ledger = Ledgered().block(0, 1).block(1, 1);
  ledger.scope.until = start + 7s;
  EXPECT_EQ(ledger.observed().units.size(), 1U) << "the last run of the second block ended 10 ms later";
  ledger.scope.until = start + 7s + 10ms;
  EXPECT_EQ(ledger.observed().units.size(), 2U);
}

}  // namespace
}  // namespace wx
