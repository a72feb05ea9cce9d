#include "orchestrator/domain/reconcile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t second = 1'000'000'000;

struct Ran {
  std::string id;
  std::string role;
  Micros at;
  std::string result = "success";
  std::optional<std::string> mirror_of = {};
  bool counted = true;
};

std::vector<wx::Run> runs(const std::vector<Ran>& all) {
  std::vector<wx::Run> out;
  for (const auto& ran : all) {
    wx::Run run;
    run.id = ran.id;
    run.role = ran.role;
    run.at = WallTime{ran.at};
    run.ended = run.at + 500ms;
    if (!ran.result.empty()) run.result = ran.result;
    run.mirror_of = ran.mirror_of;
    run.counted = ran.counted;
    run.fallback = ran.id.starts_with("fallback");
    out.push_back(std::move(run));
  }
  return out;
}

bool copies(const std::vector<Ran>& all, std::int64_t seconds, Micros reach = 0us) {
  return CopyRule(runs(all), reach, WallTime{}).allows(seconds * second);
}

TEST(CopyRule, TakesWhatTheCandidateWroteInTheActiveSlotsStead) {
  const std::vector<Ran> split{{"a", "active", 10s}, {"c", "candidate", 20s}};
  EXPECT_TRUE(copies(split, 20));
  EXPECT_FALSE(copies(split, 10)) << "what the active slot was to write";
  EXPECT_FALSE(copies(split, 25)) << "what no run accounts for";
}

TEST(CopyRule, LeavesWhatAMirroredRunSaidOnceMore) {
  EXPECT_FALSE(copies({{"a", "active", 10s}, {"m", "candidate", 10'600ms, "success", "a"}}, 10));
  EXPECT_TRUE(copies({{"a", "active", 10s, "failure"}, {"m", "candidate", 10'600ms, "success", "a"}}, 10))
      << "the active run failed";
  EXPECT_TRUE(copies({{"a", "active", 10s, "lost"}, {"m", "candidate", 10'600ms, "success", "a"}}, 10));
  EXPECT_FALSE(copies({{"m", "candidate", 10'600ms, "success", "unknown"}}, 10)) << "nothing on a guess";
  EXPECT_FALSE(copies({{"a", "active", 10s, ""}, {"m", "candidate", 10'600ms, "success", "a"}}, 10))
      << "the active run has not ended";
}

TEST(CopyRule, LeavesWhatFailedRunsAndRunsByHandWrote) {
  EXPECT_FALSE(copies({{"c", "candidate", 10s, "failure"}}, 10));
  EXPECT_FALSE(copies({{"c", "candidate", 10s, "success", {}, false}}, 10))
      << "started by hand, in nobody's stead";
}

TEST(CopyRule, WithAReachTakesEachPointThatIsDue) {
  const std::vector<Ran> all{
      {"a", "active", 100s}, {"m", "candidate", 101s, "success", "a"}, {"c", "candidate", 200s}};
  EXPECT_TRUE(copies(all, 90, 60s)) << "due in main";
  EXPECT_TRUE(copies(all, 150, 60s)) << "due in the candidate's bucket";
  EXPECT_FALSE(copies(all, 110, 60s)) << "before the reach of the one and behind the other";
  EXPECT_FALSE(copies({{"c", "candidate", 100s, "failure"}}, 90, 60s));
}

TEST(CopyRule, KnowsWhetherThereMayBeGaps) {
  const auto gaps = [](const std::vector<Ran>& all) { return CopyRule(runs(all), 0us, WallTime{5s}).gaps(); };
  EXPECT_FALSE(gaps({{"a", "active", 10s}, {"m", "candidate", 11s, "failure", "a"}}));
  EXPECT_TRUE(gaps({{"c", "candidate", 10s}}));
  EXPECT_TRUE(gaps({{"a", "active", 10s, "failure"}}));
  EXPECT_FALSE(gaps({{"a", "active", 1s, "failure"}})) << "before the rollout";
}

TEST(GapFinder, FindsWhatMainLacksAndNamesConflicts) {
  const CopyRule rule(runs({{"c", "candidate", 10s}, {"d", "candidate", 20s}}), 0us, WallTime{});
  GapFinder finder(rule, {});
  const Point lacking{"tick", "h=a", 10 * second, {{"v", 1.0}}};
  const Point foreign{"tick", "h=a", 15 * second, {{"v", 1.0}}};
  const Point ours{"tick", "h=a", 20 * second, {{"v", 1.0}}};
  const Point theirs{"tick", "h=a", 20 * second, {{"v", 2.0}}};
  EXPECT_TRUE(finder.see(nullptr, &lacking));
  EXPECT_FALSE(finder.see(nullptr, &foreign));
  EXPECT_FALSE(finder.see(&ours, &theirs)) << "main is never overwritten";
  EXPECT_FALSE(finder.see(&ours, nullptr));
  const Gap gap = finder.result();
  EXPECT_EQ(gap.open.total, 1U);
  EXPECT_EQ(gap.open.first[0].time_ns, 10 * second);
  ASSERT_EQ(gap.conflicts_total, 1U);
  EXPECT_EQ(gap.conflicts[0].main, FieldValue{1.0});
  EXPECT_EQ(gap.conflicts[0].candidate, FieldValue{2.0});
}

}  // namespace
}  // namespace wx
