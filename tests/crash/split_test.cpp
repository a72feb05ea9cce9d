// Activations split between two slots, on fake time and with the router's own rules.
#include <gtest/gtest.h>

#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/run_log.hpp"
#include "orchestrator/routing/shares.hpp"
#include "tests/crash/trial.hpp"

namespace wx::crash {
namespace {

constexpr Micros tick{2'000'000};

class Split : public testing::Test {
 protected:
  // ticks-2 is active, and ticks-1, which it replaced, on trial.
  Split() {
    for (const auto* id : {"o-1", "o-2"}) {
      const auto view = deploy(world_, log_, {id, world_.add_release(id, {id}, config)});
      EXPECT_TRUE(view) << view.error().message;
    }
    world_.settle();
    world_.clock.advance(tick);
  }

  Route weigh(double percent) {
    Generations generations(process_.ports, world_.layout);
    auto generation = generations.current().value().value();
    auto& route = generation.route;
    route.candidate = other(*route.active);
    route.mode = RouteMode::split;
    route.percent = percent;
    route.fallback = true;
    route.seed = "5eed";
    route.rollout = "o-3";
    EXPECT_TRUE(generations.commit(generation));
    return generations.current().value()->route;
  }
  Shares shares(const Route& route) { return shares_of(ledger().runs, route); }
  Ledger ledger() {
    RunLog log(process_.ports, world_.layout, "ticks.service", tick);
    return log.read().value();
  }
  std::uint64_t candidate_runs(const Route& route) {
    std::uint64_t runs = 0;
    for (const auto& block : shares(route).blocks) runs += block.candidate_runs;
    return runs;
  }

  FakeWorld world_;
  testkit::EffectLog log_;
  testkit::FakeProcess process_{world_, log_};
};

TEST_F(Split, GivesTheCandidateExactlyItsShareOverReweights) {
  for (const double percent : {25.0, 50.0, 25.0, 12.5}) {
    const auto route = weigh(percent);
    world_.clock.advance(16 * tick);
    const auto result = shares(route);
    EXPECT_TRUE(result.exact()) << percent << " %: " << result.deviation;
    EXPECT_EQ(result.unplaced, 0U);
    EXPECT_GE(result.blocks.size(), 2U);
    EXPECT_EQ(candidate_runs(route), static_cast<std::uint64_t>(16 * percent / 100));
  }
}

TEST_F(Split, LosesNoTickToACandidateThatFails) {
  for (auto& [program, behaviour] : world_.router.behaviours) behaviour.works_as_candidate = false;
  const auto before = world_.main_points();
  const auto route = weigh(25);
  world_.clock.advance(16 * tick);
  EXPECT_EQ(world_.main_points() - before, 16U) << "the active slot made each of them good";
  EXPECT_EQ(candidate_runs(route), 4U);
  EXPECT_TRUE(shares(route).exact()) << shares(route).deviation;
  std::size_t fallbacks = 0;
  const auto runs = ledger().runs;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (!runs[i].fallback) continue;
    ++fallbacks;
    EXPECT_EQ(runs[i - 1].result, "failure");
    EXPECT_EQ(runs[i - 1].block, runs[i].block);
    EXPECT_EQ(runs[i - 1].position, runs[i].position);
    EXPECT_EQ(runs[i].result, "success");
  }
  EXPECT_EQ(fallbacks, 4U);
}

TEST_F(Split, StaysExactWhenThePowerIsCut) {
  auto route = weigh(25);
  for (int i = 0; i < 12; ++i) {
    world_.clock.advance(5 * tick / 2);
    world_.power_cut();
  }
  world_.clock.advance(8 * tick);
  EXPECT_TRUE(shares(route).exact()) << shares(route).deviation;
  EXPECT_GT(candidate_runs(route), 3U);
}

}  // namespace
}  // namespace wx::crash
