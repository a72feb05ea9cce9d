#include "orchestrator/domain/analysis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/domain/simulated_trial.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;
using simulated::Conduct;
using simulated::Trial;
using ::testing::Contains;
using ::testing::HasSubstr;

// A release that is like the one before, without noise.
Conduct steady() {
  Conduct out;
  out.fails = out.errors = out.duration_noise = out.value_noise = 0;
  return out;
}

Conduct slow() {
  Conduct out = steady();
  out.duration_ms *= 3;
  return out;
}

Conduct failing() {
  Conduct out = steady();
  out.fails = 1;
  return out;
}

Conduct unlucky_now_and_then() {
  Conduct out = steady();
  out.fails = 0.1;
  return out;
}

Trial trial(const Conduct& candidate) {
  return {1, steady(), candidate};
}

AnalysisQuestion question(const Trial& trial, Micros duration = 1h, int min_runs = 2) {
  AnalysisQuestion out;
  out.duration = duration;
  out.limit = duration * 7;
  out.min_runs = min_runs;
  out.started = Trial::start;
  out.now = trial.now;
  return out;
}

TEST(Analysis, GoesOnUntilItsTimeHasPassed) {
  const auto good = trial(steady()).split(10, 600);
  const auto now = analyze(question(good), good.observed());
  EXPECT_FALSE(now.over);
  EXPECT_NE(now.verdict, Verdict::pass);
  EXPECT_EQ(now.message, "no harm so far in 60 runs, looked at until 50m from now");
}

TEST(Analysis, PassesWhenNoHarmIsSeen) {
  const auto good = trial(steady()).split(10, 600);
  const auto passed = analyze(question(good, 10min), good.observed());
  EXPECT_TRUE(passed.over);
  EXPECT_EQ(passed.verdict, Verdict::pass);
  EXPECT_EQ(
      passed.message,
      "no harm seen in 60 runs of the candidate; safety not yet shown (compared with fixed thresholds)");
}

TEST(Analysis, FailsAtOnceWhenHarmIsShown) {
  const auto bad = trial(failing()).split(10, 20);
  const auto failed = analyze(question(bad), bad.observed());
  EXPECT_TRUE(failed.over);
  EXPECT_EQ(failed.verdict, Verdict::fail);
  EXPECT_EQ(failed.blamed, std::vector<std::string>{"failures"});
  EXPECT_THAT(failed.message, HasSubstr("failures: 2 of 2 runs of the candidate failed"));
  EXPECT_THAT(failed.message, HasSubstr("(compared with fixed thresholds)"));
}

TEST(Analysis, DoesNotFailBeforeMinRuns) {
  const auto bad = trial(failing()).split(10, 20);
  const auto early = analyze(question(bad, 1h, 4), bad.observed());
  EXPECT_FALSE(early.over);
  EXPECT_EQ(early.verdict, Verdict::insufficient);
}

TEST(Analysis, PassesNoSuspect) {
  const auto bad = trial(slow()).split(10, 40);
  auto asked = question(bad, 10s);
  const auto going = analyze(asked, bad.observed());
  EXPECT_FALSE(going.over);
  EXPECT_EQ(going.verdict, Verdict::inconclusive);
  EXPECT_EQ(going.blamed, std::vector<std::string>{"duration"});
  EXPECT_EQ(going.change,
            "duration: 2 more units in which it is not worse clear it, 7 in which it is show it");
  asked.limit = 40s;
  const auto late = analyze(asked, bad.observed());
  EXPECT_TRUE(late.over);
  EXPECT_EQ(late.verdict, Verdict::inconclusive);
  EXPECT_THAT(late.message, HasSubstr("harm is suspected, duration: 6 s, the active slot 2 s"));
  EXPECT_THAT(late.message, HasSubstr("and 40s have passed"));
}

TEST(Analysis, IsInsufficientWhenTheRunsDoNotCome) {
  const auto few = trial(steady()).split(10, 10);
  auto asked = question(few, 1s);
  EXPECT_EQ(analyze(asked, few.observed()).verdict, Verdict::insufficient);
  asked.now = Trial::start + asked.limit;
  const auto late = analyze(asked, few.observed());
  EXPECT_TRUE(late.over);
  EXPECT_EQ(late.verdict, Verdict::insufficient);
  EXPECT_THAT(late.message, HasSubstr("1 of the 2 runs of the candidate needed came"));
}

// argo-rollouts#3988: a deadline that did not run while the rollout was paused or analysed.
TEST(Analysis, HasALimitThatPassesHoweverLongNobodyLooked) {
  const auto few = trial(steady()).split(10, 10);
  auto asked = question(few, 1min);
  asked.now = Trial::start + 72h;
  EXPECT_TRUE(analyze(asked, few.observed()).over);
  asked.now = Trial::start - 72h;
  EXPECT_FALSE(analyze(asked, few.observed()).over) << "a clock that was set back ends nothing early";
}

TEST(Analysis, PassesNothingOnOldData) {
  const auto good = trial(steady()).split(10, 100);
  auto asked = question(good, 1min);
  EXPECT_EQ(analyze(asked, good.observed()).verdict, Verdict::pass);
  asked.now += 5min;
  const auto silent = analyze(asked, good.observed());
  EXPECT_EQ(silent.verdict, Verdict::insufficient);
  EXPECT_THAT(silent.message, HasSubstr("although one is due each 10s"));
  auto long_run = good.observed();
  long_run.candidate_runs_now = true;
  EXPECT_EQ(analyze(asked, long_run).verdict, Verdict::pass) << "what runs is not silent";
}

TEST(Analysis, IsAnErrorWhenTheSplitIsNotWhatTheRouteSays) {
  const auto bad = trial(failing()).split(10, 50);
  auto asked = question(bad, 1s);
  asked.broken_split = "block 3 has two runs of the candidate";
  const auto broken = analyze(asked, bad.observed());
  EXPECT_TRUE(broken.over);
  EXPECT_EQ(broken.verdict, Verdict::error) << "nothing else is judged";
  EXPECT_EQ(broken.message, "the split is not what the route says: block 3 has two runs of the candidate");
}

TEST(Analysis, IsAnErrorAtTheLimitWhenAMetricCouldNotBeRead) {
  const auto good = trial(steady()).split(10, 100);
  auto asked = question(good, 1min);
  asked.obstacles["points"] = "the store is gone";
  EXPECT_FALSE(analyze(asked, good.observed()).over);
  asked.now = Trial::start + asked.limit;
  const auto late = analyze(asked, good.observed());
  EXPECT_TRUE(late.over);
  EXPECT_EQ(late.verdict, Verdict::error);
  EXPECT_THAT(late.message, HasSubstr("points could not be measured: the store is gone"));
  asked.metrics = {"failures", "duration"};
  asked.now = good.now;
  EXPECT_EQ(analyze(asked, good.observed()).verdict, Verdict::pass) << "a metric that nobody asked for";
}

TEST(Analysis, JudgesOnlyTheMetricsThatAreNamed) {
  const auto bad = trial(slow()).split(10, 200);
  auto asked = question(bad, 1min);
  EXPECT_EQ(analyze(asked, bad.observed()).verdict, Verdict::fail);
  asked.metrics = {"failures"};
  EXPECT_EQ(analyze(asked, bad.observed()).verdict, Verdict::pass);
}

TEST(Analysis, ShowsSafetyOnlyWhenEachMetricIsMeasuredWithinItsMargin) {
  const auto good = trial(steady()).split(10, 100);
  auto asked = question(good, 1min, 8);
  asked.safe = true;
  const auto safe = analyze(asked, good.observed());
  EXPECT_EQ(safe.verdict, Verdict::pass);
  EXPECT_EQ(
      safe.message,
      "10 runs of the candidate are within all margins: failures, points, parity, duration, memory, errors "
      "(compared with fixed thresholds)");
  auto unmeasured = good.observed();
  for (std::size_t i = 0; i < 5; ++i) unmeasured.units[i].candidate[0].facts.points.reset();
  const auto few = analyze(asked, unmeasured);
  EXPECT_EQ(few.verdict, Verdict::insufficient);
  EXPECT_THAT(few.message, HasSubstr("too few units of points 5"));
}

TEST(Analysis, IsNotSafeBeyondAMarginThatIsNoHarmYet) {
  const auto flaky = trial(unlucky_now_and_then()).split(50, 60);
  auto asked = question(flaky, 1s, 8);
  asked.safe = true;
  EXPECT_NE(analyze(asked, flaky.observed()).verdict, Verdict::pass);
}

TEST(Analysis, PassesNothingThatItHasNotLookedAt) {
  const auto nothing = trial(steady());
  for (const bool safe : {false, true}) {
    auto asked = question(nothing, 0s, 0);
    asked.safe = safe;
    EXPECT_EQ(analyze(asked, nothing.observed()).verdict, Verdict::insufficient);
  }
}

TEST(Analysis, IsRecordedWithEachMetric) {
  const auto bad = trial(failing()).split(10, 30);
  const auto record = analysis_record(analyze(question(bad), bad.observed()));
  EXPECT_EQ(record.at("verdict"), "fail");
  EXPECT_EQ(record.at("blamed"), "failures");
  EXPECT_EQ(record.at("metrics"), "failures points parity duration memory errors");
  EXPECT_EQ(record.at("failures.candidate"), "100");
  EXPECT_EQ(record.at("failures.active"), "0");
  EXPECT_EQ(record.at("failures.n"), "3");
  EXPECT_EQ(record.at("failures.verdict"), "fail");
  EXPECT_EQ(record.at("duration.verdict"), "insufficient");
}

TEST(Verdicts, HaveTheWordsOfTheContract) {
  for (const char* word : {"pass", "fail", "inconclusive", "insufficient", "error", "cancelled"}) {
    const auto verdict = parse_verdict(word);
    ASSERT_TRUE(verdict) << word;
    EXPECT_EQ(to_string(*verdict), word);
  }
  EXPECT_FALSE(parse_verdict("probably"));
}

}  // namespace
}  // namespace wx
