#include "orchestrator/cli/follow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/orchestrator/cli/terminal.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class FollowTest : public testing::Test {
 protected:
  FollowTest() {
    plan.id = "o-1";
    plan.strategy = "gradual";
    plan.from = ReleaseRef{"r-1", "ticks-1"};
    plan.to = {"r-2", "ticks-2"};
    plan.steps.resize(3);
  }

  std::string line(const std::string& kind, std::map<std::string, std::string> fields,
                   std::optional<int> step = std::nullopt) {
    return progress_line(world, plan, {kind, {}, step, std::move(fields)});
  }

  Terminal terminal;
  World& world = terminal.world;
  Plan plan;
};

TEST_F(FollowTest, TellsEachRecordThatIsForPeople) {
  EXPECT_EQ(line("header", {}), "o-1  gradual: ticks-1 -> ticks-2\n");
  EXPECT_EQ(line("intent", {{"message", "back up"}}, 1), "[2/3] back up\n");
  EXPECT_EQ(line("result", {{"message", "backed up"}}, 1), "      ok backed up\n");
  EXPECT_EQ(line("note", {{"message", "disk: enough"}, {"status", "pass"}}), "      disk: enough\n");
  EXPECT_EQ(line("note", {{"message", "disk: full"}, {"status", "fail"}}), "      fail disk: full\n");
  EXPECT_EQ(line("phase", {{"phase", "Paused"}, {"message", "too few runs"}}), "Paused: too few runs\n");
  EXPECT_EQ(line("undo", {{"message", "a gate failed"}}), "rolling back: a gate failed\n");
  EXPECT_EQ(line("measure", {{"switched_ms", "3"}}), "");
  EXPECT_EQ(line("end", {{"message", "over"}}), "");
  EXPECT_EQ(line("later", {{"message", "unknown"}}), "");
}

TEST_F(FollowTest, CallsTheFirstDeploymentByItsName) {
  plan.from.reset();
  EXPECT_EQ(line("header", {}), "o-1  gradual: ticks-2, first deployment\n");
}

TEST_F(FollowTest, ColoursANoteByItsStatus) {
  world.options.color = ColorWhen::always;
  EXPECT_EQ(line("note", {{"message", "m"}, {"status", "pass"}}), "      m\n");
  EXPECT_EQ(line("note", {{"message", "m"}, {"status", "fail"}}), "      \033[31mfail m\033[0m\n");
  EXPECT_EQ(line("note", {{"message", "m"}, {"status", "warn"}}), "      \033[33mwarn m\033[0m\n");
  EXPECT_EQ(line("note", {{"message", "m"}, {"status", "skip"}}), "      \033[33mskip m\033[0m\n");
  EXPECT_EQ(line("note", {{"message", "m"}}), "      \033[2mm\033[0m\n");
}

TEST_F(FollowTest, ClosesWithPhaseSentenceDurationAndRemedy) {
  RolloutView view;
  view.phase = "Healthy";
  view.message = "ticks-2 runs";
  EXPECT_EQ(closing_line(world, view), "Healthy: ticks-2 runs\n");
  view.started = WallTime{10s};
  view.finished = WallTime{13400ms};
  EXPECT_EQ(closing_line(world, view), "Healthy: ticks-2 runs  (3.4 s)\n");
  view.phase = "Failed";
  view.remedy = "wxctl show o-1";
  EXPECT_EQ(closing_line(world, view), "Failed: ticks-2 runs  (3.4 s)\n  -> wxctl show o-1\n");
}

TEST_F(FollowTest, AnswersInJsonWithEveryKeyOfTheContract) {
  RolloutView view;
  view.plan = plan;
  view.phase = "RolledBack";
  view.verdict = "fail";
  view.message = "a gate failed";
  view.started = WallTime{10s};
  view.finished = WallTime{13400ms};
  view.switched_ms = 7;
  EXPECT_EQ(json::parse(outcome_json(world, terminal.machine.layout, view)),
            (json{{"rollout", "o-1"},
                  {"phase", "RolledBack"},
                  {"active", nullptr},
                  {"release", nullptr},
                  {"duration_ms", 3400},
                  {"switched_ms", 7},
                  {"verified_ms", nullptr},
                  {"verdict", "fail"},
                  {"message", "a gate failed"},
                  {"unreconciled", json::array()}}));
}

TEST_F(FollowTest, NamesInJsonWhatIsActive) {
  const auto spec = terminal.machine.stored("ticks-1");
  terminal.machine.commit(Machine::with_active(spec));
  const auto answer = json::parse(outcome_json(world, terminal.machine.layout, RolloutView{}));
  EXPECT_EQ(answer["active"], "blue");
  EXPECT_EQ(answer["release"], spec.release);
}

TEST_F(FollowTest, SaysThatNothingIsToBeDone) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(nothing_to_do(world, terminal.machine.layout, "already active"), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "already active\n");
  world.options.json = true;
  testing::internal::CaptureStdout();
  EXPECT_EQ(nothing_to_do(world, terminal.machine.layout, "already active"), 0);
  EXPECT_EQ(json::parse(testing::internal::GetCapturedStdout())["message"], "already active");
}

}  // namespace
}  // namespace wx
