#include "orchestrator/domain/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "orchestrator/domain/merge_points.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t second = 1'000'000'000;
const double nan = std::nan("");

Point point(std::int64_t seconds, std::map<std::string, FieldValue> fields = {{"value", 1.0}},
            const std::string& tags = {}) {
  return {"tick", tags, seconds * second, std::move(fields)};
}

// Both lists are in order.
Comparison compared(const std::vector<Point>& main, const std::vector<Point>& candidate,
                    const DuePoints* due = nullptr, Tolerance tolerance = {}) {
  const auto from = [](const std::vector<Point>& points) {
    return [&points, i = std::size_t{0}](Point& out) mutable -> Result<bool> {
      if (i == points.size()) return false;
      out = points[i++];
      return true;
    };
  };
  Comparer comparer(due, tolerance);
  EXPECT_TRUE(merge_points(from(main), from(candidate), [&](const Point* a, const Point* b) {
    comparer.see(a, b);
    return Status{};
  }));
  return comparer.result();
}

std::vector<std::int64_t> times(const MissingPoints& missing) {
  std::vector<std::int64_t> out;
  for (const auto& entry : missing.first) out.push_back(entry.time_ns / second);
  return out;
}

Run run(const std::string& role, Micros started, const std::string& result = "success") {
  Run out;
  out.role = role;
  out.at = WallTime{started};
  out.ended = out.at + 500ms;
  out.result = result;
  return out;
}

DuePoints due_of(const std::vector<wx::Run>& runs, Micros reach = 0us) {
  return {{runs, "active", reach, WallTime{}}, {runs, "candidate", reach, WallTime{}}, 0};
}

TEST(Compare, ASplitPointWhereTheSpansOfTwoRunsTouchIsDueFromTheOneThatHasIt) {
  // The active run reaches into the second in which the candidate's begins.
  const std::vector<wx::Run> runs{run("active", 9'800ms), run("candidate", 10'020ms)};
  DuePoints due = due_of(runs);
  due.apart = true;
  const Comparison apart = compared({point(9)}, {point(10)}, &due);
  EXPECT_EQ(apart.missing_in_main.total, 0U);
  EXPECT_EQ(apart.main.due, 1U);
  EXPECT_EQ(apart.candidate.due, 1U);
}

TEST(SameValue, KnowsItsToleranceNanAndTypes) {
  const Tolerance usual;
  EXPECT_TRUE(same_value(1.0, 1.0 + 1e-10, usual));
  EXPECT_FALSE(same_value(1.0, 1.0 + 1e-8, usual));
  EXPECT_TRUE(same_value(0.0, -0.0, usual));
  EXPECT_FALSE(same_value(0.0, 1e-300, usual)) << "a relative tolerance alone makes nothing of zero equal";
  EXPECT_TRUE(same_value(0.0, 0.5, {0.5, 0}));
  EXPECT_TRUE(same_value(nan, nan, usual));
  EXPECT_FALSE(same_value(nan, 1.0, {1e9, 1}));
  EXPECT_TRUE(same_value(HUGE_VAL, HUGE_VAL, usual));
  EXPECT_FALSE(same_value(HUGE_VAL, 1.0, usual));
  EXPECT_FALSE(same_value(HUGE_VAL, -HUGE_VAL, usual));
  EXPECT_FALSE(same_value(1.0, std::int64_t{1}, usual)) << "another type is another value";
  EXPECT_FALSE(same_value(std::string("1"), 1.0, usual));
  EXPECT_TRUE(same_value(true, true, usual));
  EXPECT_FALSE(same_value(std::int64_t{INT64_MAX}, std::int64_t{INT64_MIN}, usual));
  EXPECT_FALSE(same_value(std::int64_t{1} << 53, (std::int64_t{1} << 53) + 1, {0, 0}))
      << "beyond what a double tells apart";
}

TEST(Comparing, FindsWhatOneOfTwoBucketsLacks) {
  const auto comparison = compared({point(1), point(2), point(4)}, {point(1), point(3), point(4)});
  EXPECT_EQ(comparison.main.points, 3U);
  EXPECT_EQ(comparison.candidate.points, 3U);
  EXPECT_EQ(comparison.in_both, 2U);
  EXPECT_THAT(times(comparison.missing_in_candidate), ElementsAre(2));
  EXPECT_THAT(times(comparison.missing_in_main), ElementsAre(3));
  EXPECT_THAT(comparison.mismatched, IsEmpty());
}

TEST(Comparing, TellsSeriesApart) {
  const auto comparison = compared({point(1, {{"v", 1.0}}, "host=a"), point(1, {{"v", 1.0}}, "host=b")},
                                   {point(1, {{"v", 1.0}}, "host=b"), point(1, {{"v", 1.0}}, "host=c")});
  EXPECT_EQ(comparison.in_both, 1U);
  ASSERT_EQ(comparison.missing_in_candidate.first.size(), 1U);
  EXPECT_EQ(comparison.missing_in_candidate.first[0].series, "tick,host=a");
  EXPECT_EQ(comparison.missing_in_main.first[0].series, "tick,host=c");
}

TEST(Comparing, NamesEachFieldThatDiffers) {
  const auto comparison = compared(
      {point(1, {{"a", 1.0}, {"b", std::string("x")}, {"c", 1.0}, {"same", 1.0}})},
      {point(1, {{"a", 2.0}, {"b", std::string("y")}, {"c", std::int64_t{1}}, {"d", true}, {"same", 1.0}})});
  ASSERT_EQ(comparison.mismatched_total, 4U);
  EXPECT_EQ(comparison.mismatched[0].field, "a");
  EXPECT_EQ(comparison.mismatched[0].main, FieldValue{1.0});
  EXPECT_EQ(comparison.mismatched[0].candidate, FieldValue{2.0});
  EXPECT_EQ(type_name(*comparison.mismatched[2].main), "float");
  EXPECT_EQ(type_name(*comparison.mismatched[2].candidate), "integer");
  EXPECT_EQ(comparison.mismatched[3].field, "d");
  EXPECT_EQ(comparison.mismatched[3].main, std::nullopt);
}

TEST(Comparing, ShowsTheFirstHundredAndCountsAll) {
  std::vector<Point> main;
  std::vector<Point> candidate;
  for (int i = 0; i < 250; ++i) main.push_back(point(i));
  for (int i = 250; i < 500; ++i) {
    main.push_back(point(i, {{"value", 1.0}}));
    candidate.push_back(point(i, {{"value", 2.0}}));
  }
  const auto comparison = compared(main, candidate);
  EXPECT_EQ(comparison.missing_in_candidate.total, 250U);
  EXPECT_EQ(comparison.missing_in_candidate.first.size(), list_limit);
  EXPECT_EQ(comparison.mismatched_total, 250U);
  EXPECT_EQ(comparison.mismatched.size(), list_limit);
}

TEST(Comparing, InARolloutOnlyWhatIsDueCounts) {
  // The candidate's run at 20 s failed; before 10 s nothing ran.
  const auto due =
      due_of({run("active", 10s), run("candidate", 10'300ms), run("active", 20s),
              run("candidate", 20'300ms, "failure"), run("active", 30s), run("candidate", 30'300ms)});
  const auto comparison =
      compared({point(5), point(10), point(20), point(30)}, {point(10), point(20, {{"value", 9.0}})}, &due);
  EXPECT_EQ(comparison.main.points, 3U);
  EXPECT_EQ(comparison.main.due, 3U);
  EXPECT_EQ(comparison.candidate.points, 1U);
  EXPECT_EQ(comparison.candidate.due, 2U);
  EXPECT_THAT(times(comparison.missing_in_candidate), ElementsAre(30));
  EXPECT_EQ(comparison.mismatched_total, 0U) << "what a failed run wrote is not judged";
  EXPECT_EQ(judge_rollout(comparison, due).verdict, "fail");
}

TEST(Comparing, APairThatFallsApartOverASecondIsNoDifference) {
  // The active run stamps 9 s and ends at 10.3 s, where its mirrored run begins, which stamps 10 s.
  const auto due = due_of({run("active", 9'800ms), run("candidate", 10'310ms), run("active", 20s), run("candidate", 20'600ms)});
  const auto comparison = compared({point(9), point(20)}, {point(10), point(20)}, &due);
  EXPECT_EQ(comparison.missing_in_main.total, 0U);
  EXPECT_EQ(comparison.missing_in_candidate.total, 0U);
  EXPECT_EQ(judge_rollout(comparison, due).verdict, "pass");
}

TEST(Comparing, AMirroredCandidateThatWritesTheSamePasses) {
  const auto due = due_of(
      {run("active", 10s), run("candidate", 10'300ms), run("active", 20s), run("candidate", 20'300ms)});
  const auto comparison = compared({point(10), point(20)}, {point(10), point(20)}, &due);
  const auto verdict = judge_rollout(comparison, due);
  EXPECT_EQ(verdict.verdict, "pass") << verdict.message;
  EXPECT_EQ(verdict.message, "2 points in both buckets, all equal");
  EXPECT_EQ(observed_share(comparison), 0.5);
  EXPECT_EQ(expected_share(comparison, {true, 2, 2.0}, 0us), 0.5);
}

TEST(Comparing, WhatTheOtherSlotMayHaveSeenLaterIsNoFailure) {
  // A run writes the past minute. The active slot looked at 130 s, the candidate last at 100 s: what appeared
  // at 90 s only main has.
  const auto early = due_of({run("active", 70s), run("candidate", 100s), run("active", 130s)}, 60s);
  const std::vector<Point> main{point(60), point(90)};
  auto comparison = compared(main, {point(60)}, &early);
  EXPECT_EQ(comparison.candidate.due, 2U);
  EXPECT_EQ(comparison.missing_in_candidate.total, 1U);
  auto verdict = judge_rollout(comparison, early);
  EXPECT_EQ(verdict.verdict, "inconclusive") << verdict.message;
  // It looked again and still has not got it.
  const auto late =
      due_of({run("active", 70s), run("candidate", 100s), run("active", 130s), run("candidate", 140s)}, 60s);
  comparison = compared(main, {point(60)}, &late);
  verdict = judge_rollout(comparison, late);
  EXPECT_EQ(verdict.verdict, "fail");
  EXPECT_THAT(verdict.message, HasSubstr("1 point is missing in the candidate's bucket"));
}

TEST(Comparing, SplitRunsAreJudgedByPointsPerRun) {
  std::vector<wx::Run> runs;
  std::vector<Point> main;
  std::vector<Point> candidate;
  for (int i = 1; i <= 10; ++i) {
    runs.push_back(run(i == 4 ? "candidate" : "active", i * 10s));
    (i == 4 ? candidate : main).push_back(point(i * 10));
  }
  const auto due = due_of(runs);
  auto comparison = compared(main, candidate, &due);
  EXPECT_EQ(comparison.missing_in_candidate.total, 0U) << "what the active slot wrote is not due there";
  EXPECT_EQ(observed_share(comparison), 0.1);
  EXPECT_DOUBLE_EQ(*expected_share(comparison, {false, 10, 1.0}, 0us), 0.1);
  EXPECT_EQ(judge_rollout(comparison, due).verdict, "pass");
  comparison = compared(main, {}, &due);
  EXPECT_EQ(judge_rollout(comparison, due).verdict, "fail") << "its run wrote nothing";
  main.push_back(point(100, {{"value", 1.0}}, "host=b"));
  comparison = compared(main, candidate, &due);
  EXPECT_EQ(judge_rollout(comparison, due).verdict, "inconclusive") << "nine points against ten of nine runs";
}

TEST(Comparing, SharesBeginWithTheTrial) {
  auto due = due_of({run("active", 10s), run("active", 20s), run("candidate", 30s)});
  due.on_trial_since_ns = 20 * second;
  const auto comparison = compared({point(10), point(20)}, {point(30)}, &due);
  EXPECT_EQ(comparison.main.points, 2U);
  EXPECT_EQ(observed_share(comparison), 0.5);
}

TEST(Comparing, WithAReachSharesFollowFromWhatIsDue) {
  const auto due = due_of({run("active", 100s), run("candidate", 110s)}, 60s);
  const auto comparison = compared({point(60), point(70)}, {point(60), point(70)}, &due);
  EXPECT_EQ(expected_share(comparison, {false, 10, 1.0}, 60s), 0.5)
      << "each run writes the whole window, whatever its share";
}

TEST(Comparing, WithoutEnoughDataNothingIsDecided) {
  const auto nothing = due_of({});
  EXPECT_EQ(judge_rollout(compared({}, {}, &nothing), nothing).verdict, "insufficient");
  const auto silent = due_of({run("active", 10s), run("candidate", 11s)});
  EXPECT_EQ(judge_rollout(compared({}, {}, &silent), silent).verdict, "insufficient");
  EXPECT_EQ(judge_idle(compared({}, {})).verdict, "insufficient");
  EXPECT_EQ(judge_idle(compared({point(1)}, {})).verdict, "insufficient");
  EXPECT_EQ(expected_share(compared({}, {}), {}, 0us), std::nullopt);
  EXPECT_EQ(observed_share(compared({}, {})), std::nullopt);
}

TEST(Comparing, WithoutARolloutAllPointsAreCompared) {
  EXPECT_EQ(judge_idle(compared({point(1)}, {point(1)})).verdict, "pass");
  EXPECT_EQ(judge_idle(compared({point(1), point(2)}, {point(1)})).verdict, "fail");
  const auto verdict = judge_idle(compared({point(1)}, {point(1, {{"value", 3.0}})}));
  EXPECT_EQ(verdict.verdict, "fail");
  EXPECT_EQ(verdict.message, "1 value differs");
}

TEST(MergePoints, StopsAtTheFirstError) {
  const auto broken = [](Point&) -> Result<bool> { return Error{Code::unavailable, "gone"}; };
  const auto empty = [](Point&) -> Result<bool> { return false; };
  const auto see = [](const Point*, const Point*) { return Status{}; };
  EXPECT_EQ(merge_points(empty, broken, see).error().message, "gone");
  EXPECT_EQ(merge_points(broken, empty, see).error().message, "gone");
}

}  // namespace
}  // namespace wx
