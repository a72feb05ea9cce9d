// An app whose activations are split between blue, which is active, and green.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/routing/blocks.hpp"
#include "orchestrator/routing/shares.hpp"
#include "tests/system/router_fixture.hpp"

namespace wx::test {

class RouterSplit : public Router {
 protected:
  void SetUp() override {
    Router::SetUp();
    if (IsSkipped()) return;
    app().green = "exit 0";
    app().route.mode = RouteMode::split;
    app().route.candidate = Slot::green;
    app().route.percent = 50;
    app().route.fallback = true;
    app().route.rollout = "o-1";
    // The first activation is the candidate's.
    for (int i = 0; drawn_positions(app().route.seed, 0, {2, 1}).at(0) != 0; ++i)
      app().route.seed = "seed-" + std::to_string(i);
  }

  std::vector<wx::Run> runs() { return app().ledger().runs; }
  wx::Run run(std::size_t number) {
    const auto all = runs();
    EXPECT_LT(number, all.size()) << app().ledger_text();
    return number < all.size() ? all[number] : wx::Run{};
  }
  void expect_exact() {
    const auto shares = shares_of(runs(), app().route);
    EXPECT_TRUE(shares.exact()) << shares.deviation << "\n" << app().ledger_text();
  }
  // Two activations: the candidate's and the active slot's.
  void finish_a_block() {
    app().start(app().entry());
    app().start(app().entry());
  }
  // The candidate's run at its place, and the one of the active slot that makes it good.
  void expect_made_good(const wx::Run& failed, const wx::Run& fallback) {
    EXPECT_EQ(result("Result"), "success");
    EXPECT_EQ(failed.slot, "green");
    EXPECT_FALSE(failed.fallback);
    EXPECT_EQ(failed.position, 0U);
    EXPECT_EQ(fallback.slot, "blue");
    EXPECT_EQ(fallback.result, "success");
    EXPECT_TRUE(fallback.fallback);
    EXPECT_FALSE(fallback.counted);
    EXPECT_EQ(fallback.block, failed.block);
    EXPECT_EQ(fallback.position, failed.position);
  }
  void expect_active_without_a_place() {
    EXPECT_EQ(result("Result"), "success");
    const auto only = only_run();
    EXPECT_EQ(only.slot, "blue");
    EXPECT_TRUE(only.degraded);
    EXPECT_FALSE(only.block);
    EXPECT_FALSE(only.fallback);
  }
};

}  // namespace wx::test
