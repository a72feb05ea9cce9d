// wxctl-router on a real user manager: activations split between two slots.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "orchestrator/routing/blocks.hpp"
#include "tests/system/router_fixture.hpp"

namespace wx::test {
namespace {

using ::testing::ElementsAre;

class RouterSplit : public Router {
 protected:
  void SetUp() override {
    Router::SetUp();
    if (IsSkipped()) return;
    app().green = "exit 0";
    split(50);
  }
  void split(double percent) {
    app().route.mode = RouteMode::split;
    app().route.candidate = Slot::green;
    app().route.percent = percent;
  }
  // Start the entry until the next activation is the candidate's.
  void come_to_the_candidates_turn() {
    prepare();
    const auto drawn = drawn_positions(app().route.seed, 0, block_shape(app().route.percent));
    for (std::uint64_t i = 0; i < drawn.at(0); ++i) app().start(app().entry());
    ASSERT_EQ(app().ledger().runs.size(), drawn[0]);
  }
  std::vector<std::string> slots() {
    std::vector<std::string> slots;
    for (const auto& run : app().ledger().runs) slots.push_back(run.slot);
    return slots;
  }
  wx::Run last_run() {
    auto runs = app().ledger().runs;
    return runs.empty() ? wx::Run{} : runs.back();
  }
  wx::Run last_but_one() {
    auto runs = app().ledger().runs;
    return runs.size() < 2 ? wx::Run{} : runs[runs.size() - 2];
  }
};

TEST_F(RouterSplit, GivesEachActivationToTheSlotOfItsPlace) {
  prepare();
  for (int i = 0; i < 6; ++i) app().start(app().entry());
  const auto runs = app().ledger().runs;
  ASSERT_EQ(runs.size(), 6U) << app().ledger_text();
  for (std::uint64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(runs[i].block, i / 2);
    EXPECT_EQ(runs[i].position, i % 2);
    const bool drawn = drawn_positions(app().route.seed, i / 2, {2, 1}).at(0) == i % 2;
    EXPECT_EQ(runs[i].slot, drawn ? "green" : "blue");
    EXPECT_EQ(runs[i].role, drawn ? "candidate" : "active");
    EXPECT_EQ(runs[i].result, "success");
    EXPECT_FALSE(runs[i].fallback);
  }
}

TEST_F(RouterSplit, MakesAFailureOfTheCandidateGood) {
  app().green = "exit 9";
  app().route.fallback = true;
  come_to_the_candidates_turn();
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  const auto failed = last_but_one();
  const auto fallback = last_run();
  EXPECT_EQ(failed.slot, "green");
  EXPECT_EQ(failed.result, "failure");
  EXPECT_EQ(failed.exit_status, 9);
  EXPECT_EQ(fallback.slot, "blue");
  EXPECT_EQ(fallback.result, "success");
  EXPECT_TRUE(fallback.fallback);
  EXPECT_FALSE(fallback.degraded);
  EXPECT_TRUE(failed.block);
  EXPECT_EQ(fallback.block, failed.block);
  EXPECT_EQ(fallback.position, failed.position);
}

TEST_F(RouterSplit, FailsAsTheCandidateDidWithoutAFallback) {
  app().green = "exit 9";
  come_to_the_candidates_turn();
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "9");
  EXPECT_EQ(last_run().slot, "green");
  EXPECT_EQ(last_run().result, "failure");
}

}  // namespace
}  // namespace wx::test
