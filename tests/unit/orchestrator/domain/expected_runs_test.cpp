#include "orchestrator/domain/expected_runs.hpp"

#include <gtest/gtest.h>

namespace wx {
namespace {

using namespace std::chrono_literals;

StepSpec step(StepKind kind) {
  StepSpec out;
  out.kind = kind;
  return out;
}
StepSpec route(double percent, const std::string& mode) {
  StepSpec out = step(StepKind::route);
  out.percent = percent;
  out.mode = mode;
  return out;
}
StepSpec window(StepKind kind, Micros duration, int min_runs) {
  StepSpec out = step(kind);
  out.duration = duration;
  out.min_runs = min_runs;
  return out;
}

const Cadence each_minute{1.0 / 60};

TEST(ExpectedRuns, FollowTheShareOfTheCandidate) {
  const auto out = expected({route(10, "split"), window(StepKind::analyze, 1h, 4), route(50, "split"),
                             window(StepKind::analyze, 1h, 4)},
                            each_minute, 20s, false);
  ASSERT_EQ(out.size(), 4U);
  EXPECT_DOUBLE_EQ(out[1].runs, 6);
  EXPECT_DOUBLE_EQ(out[1].most_runs, 42);
  EXPECT_EQ(out[1].lasts, 1h);
  EXPECT_DOUBLE_EQ(out[3].runs, 30);
  EXPECT_EQ(out[0].lasts, 0s);
}

TEST(ExpectedRuns, OfAnAnalysisOfASplitComeInCompleteBlocks) {
  const auto out = expected({route(33, "split"), window(StepKind::analyze, 10min, 2), window(StepKind::soak, 10min, 2)},
                            each_minute, 20s, false);
  EXPECT_EQ(out[1].block, 100U);
  EXPECT_EQ(out[1].needs, 100min);
  EXPECT_EQ(out[1].lasts, 100min);
  EXPECT_DOUBLE_EQ(out[1].runs, 33);
  EXPECT_DOUBLE_EQ(out[1].most_runs, 0);  // ten minutes times seven are no whole block
  EXPECT_EQ(out[2].block, 0U);
  EXPECT_DOUBLE_EQ(out[2].runs, 3.3);
}

TEST(ExpectedRuns, OfAMirrorNeedNoBlocks) {
  const auto out = expected({route(33, "mirror"), window(StepKind::analyze, 10min, 2)}, each_minute, 20s, false);
  EXPECT_EQ(out[1].block, 0U);
  EXPECT_DOUBLE_EQ(out[1].runs, 3.3);
}

TEST(ExpectedRuns, TakeAsLongAsTheRunsThatAreNeeded) {
  const auto out = expected({route(10, "split"), window(StepKind::soak, 10min, 4)}, each_minute, 20s, false);
  EXPECT_EQ(out[1].lasts, 40min);
  EXPECT_DOUBLE_EQ(out[1].runs, 4);
}

TEST(ExpectedRuns, AreAllOfTheNewVersionsAfterTheCutover) {
  StepSpec gate = step(StepKind::gate);
  gate.after_runs = 3;
  const auto out =
      expected({step(StepKind::cutover), gate, window(StepKind::soak, 1h, 1)}, each_minute, 20s, false);
  // The run that verified the cutover is the first of three.
  EXPECT_EQ(out[1].lasts, 2min);
  EXPECT_DOUBLE_EQ(out[2].runs, 60);
}

TEST(ExpectedRuns, LastUntilAPersonDecides) {
  StepSpec pause = step(StepKind::pause);
  EXPECT_EQ(expected({pause}, each_minute, 20s, true)[0].lasts, std::nullopt);
  pause.unless_auto = true;
  EXPECT_EQ(expected({pause}, each_minute, 20s, true)[0].lasts, 0s);
  EXPECT_EQ(expected({pause}, each_minute, 20s, false)[0].lasts, std::nullopt);
}

TEST(ExpectedRuns, KnowWhatTheEngineLeavesOut) {
  const auto out = expected({route(100, "mirror"), window(StepKind::analyze, 45s, 4), route(25, "mirror"),
                             window(StepKind::analyze, 45s, 4), window(StepKind::soak, 4min, 1),
                             route(25, "split"), window(StepKind::analyze, 8min, 2), route(0, "split")},
                            each_minute, 20s, false);
  EXPECT_FALSE(out[1].left_out);
  EXPECT_TRUE(out[2].left_out);
  EXPECT_TRUE(out[3].left_out);
  EXPECT_EQ(out[3].lasts, 0s);
  EXPECT_DOUBLE_EQ(out[3].runs, 0);
  EXPECT_FALSE(out[4].left_out);
  EXPECT_DOUBLE_EQ(out[4].runs, 4) << "the share stays";
  EXPECT_DOUBLE_EQ(out[6].runs, 2) << "another mode begins anew";
  EXPECT_FALSE(out[7].left_out);
  EXPECT_DOUBLE_EQ(out[7].share, 0);
}

TEST(ExpectedRuns, NeverComeFromATimerThatNeverElapses) {
  const auto out =
      expected({route(100, "mirror"), window(StepKind::soak, 1h, 1), window(StepKind::soak, 0s, 0)},
               Cadence{0}, 20s, false);
  EXPECT_EQ(out[1].lasts, std::nullopt);
  EXPECT_DOUBLE_EQ(out[1].most_runs, 0);
  EXPECT_EQ(out[2].lasts, 0s);
}

TEST(ExpectedRuns, AreToldWithOneDecimalWhereItMatters) {
  EXPECT_EQ(runs_number(2.1), "2.1");
  EXPECT_EQ(runs_number(2.999999), "3");
  EXPECT_EQ(runs_number(0), "0");
  EXPECT_EQ(runs_number(41.7), "42");
}

TEST(ExpectedRuns, OfAMirrorComeOnTop) {
  EXPECT_DOUBLE_EQ(
      mirrored_runs_a_day({route(50, "mirror"), route(100, "mirror"), route(50, "split")}, each_minute),
      1440);
  EXPECT_DOUBLE_EQ(mirrored_runs_a_day({route(50, "split")}, each_minute), 0);
}

}  // namespace
}  // namespace wx
