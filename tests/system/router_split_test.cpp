// wxctl-router on a real user manager: activations split between two slots.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/system/split_fixture.hpp"

namespace wx::test {
namespace {

TEST_F(RouterSplit, GivesEachActivationToTheSlotOfItsPlace) {
  prepare();
  for (int i = 0; i < 6; ++i) app().start(app().entry());
  const auto all = runs();
  ASSERT_EQ(all.size(), 6U) << app().ledger_text();
  for (std::uint64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(all[i].block, i / 2);
    EXPECT_EQ(all[i].position, i % 2);
    const bool drawn = drawn_positions(app().route.seed, i / 2, {2, 1}).at(0) == i % 2;
    EXPECT_EQ(all[i].slot, drawn ? "green" : "blue");
    EXPECT_EQ(all[i].role, drawn ? "candidate" : "active");
    EXPECT_EQ(all[i].result, "success");
  }
  expect_exact();
}

// Some seconds: a timer's ticks are real, and those of its first second are not counted.
TEST_F(RouterSplit, GivesTheTicksOfATimerExactlyAsDrawnOverAReweight) {
  app().write_timer("OnActiveSec=10ms\nOnUnitInactiveSec=80ms\nAccuracySec=1ms\nUnit=" + app().entry() +
                    "\n");
  const auto quarter = [&] {
    app().route.percent = 25;
    app().write_generation();
    return app().route;
  }();
  app().write_units();
  app().start(*app().route.timer);
  const auto have_places = [&](const Route& route) {
    return eventually([&] {
      const auto ledger = read_ledger(
          app().ledger_text(), [](const wx::Run&) { return true; },
          [](const wx::Run&) { return std::int64_t{}; });
      std::uint64_t count = 0;
      for (const auto& block : shares_of(ledger.runs, route).blocks) count += block.runs;
      return count >= 12;
    });
  };
  ASSERT_TRUE(have_places(quarter));
  app().route.percent = 50;
  app().write_generation();
  const auto half = app().route;
  ASSERT_TRUE(have_places(half));
  app().stop(*app().route.timer);
  ASSERT_TRUE(ended(app().entry()));
  for (const auto& [route, share] : {std::pair(quarter, 4U), std::pair(half, 2U)}) {
    const auto shares = shares_of(runs(), route);
    EXPECT_TRUE(shares.exact()) << shares.deviation;
    EXPECT_EQ(shares.unplaced, 0U);
    for (const auto& block : shares.blocks) {
      EXPECT_EQ(block.size, share);
      if (block.complete()) {
        EXPECT_EQ(block.candidate_runs, 1U);
      }
    }
  }
}

TEST_F(RouterSplit, LeavesWhatDoesNotCountToTheActiveSlot) {
  app().write_timer("OnActiveSec=1h\n");
  prepare();
  for (int i = 0; i < 3; ++i) app().start(app().entry());  // by hand
  for (const auto& each : runs()) {
    EXPECT_EQ(each.slot, "blue");
    EXPECT_FALSE(each.block);
    EXPECT_FALSE(each.counted);
    EXPECT_FALSE(each.degraded);
  }
}

TEST_F(RouterSplit, MakesAFailureOfTheCandidateGood) {
  app().green = "exit 9";
  prepare();
  app().start(app().entry());
  expect_made_good(run(0), run(1));
  EXPECT_EQ(run(0).exit_status, 9);
  EXPECT_FALSE(run(1).degraded);
  app().start(app().entry());
  expect_exact();
}

TEST_F(RouterSplit, MakesATimeOutAndADeathOfTheCandidateGood) {
  app().timeout_s = 0.3;
  app().green = "exec sleep 30";
  prepare();
  app().start(app().entry());
  expect_made_good(run(0), run(1));
  EXPECT_EQ(run(0).result, "timeout");
}

TEST_F(RouterSplit, FailsAsTheActiveSlotDoesWhenBothFail) {
  app().green = "exit 9";
  app().blue = "exit 3";
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "3");
  EXPECT_EQ(runs().size(), 2U);
}

TEST_F(RouterSplit, RunsWhatIsNotRepeatableOnce) {
  app().green = "echo candidate >> log; exit 9";
  app().blue = "echo active >> log";
  app().route.repeatable = false;
  app().route.fallback = false;
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "9") << "the entry fails as the run did";
  EXPECT_EQ(file_content(app().file("cwd/log")), "candidate\n");
  EXPECT_EQ(only_run().result, "failure");
}

TEST_F(RouterSplit, MakesGoodWhatIsNotRepeatableWhereTheRouteSaysSo) {
  app().green = "exit 9";
  app().route.repeatable = false;
  prepare();
  app().start(app().entry());
  expect_made_good(run(0), run(1));
}

TEST_F(RouterSplit, StartsNoFallbackForAnEntryThatIsStopped) {
  app().green = wait_for_go();
  prepare();
  app().start_later(app().entry());
  ASSERT_TRUE(begun());
  app().stop(app().entry());
  EXPECT_EQ(app().property(app().instance("green"), "ActiveState"), "inactive");
  EXPECT_EQ(only_run().slot, "green");
  EXPECT_EQ(only_run().result, "signal");
  app().start(app().entry());
  EXPECT_EQ(run(1).position, 1U) << "that run had begun: its place is used";
  expect_exact();
}

TEST_F(RouterSplit, WaitsForARunOfTheChosenSlotThatIsInProgress) {
  app().green = wait_for_go();
  prepare();
  app().start_later(app().instance("green"));
  ASSERT_TRUE(begun());
  app().start_later(app().entry());
  app().start_later(app().entry());  // overlaps: one activation
  sleep_ms(150);
  EXPECT_EQ(runs().size(), 1U) << "waiting";
  go();
  ASSERT_TRUE(ended(app().entry()));
  ASSERT_EQ(runs().size(), 2U);
  EXPECT_EQ(run(0).trigger, "manual");
  EXPECT_EQ(run(1).slot, "green");
  EXPECT_EQ(run(1).position, 0U);
  EXPECT_EQ(run(1).result, "success");
}

TEST_F(RouterSplit, LetsTheRunOfAKilledRouterKeepItsPlace) {
  app().green = wait_for_go();
  prepare();
  app().start_later(app().entry());
  ASSERT_TRUE(begun());
  ASSERT_EQ(::kill(pid_of(app().entry()), SIGKILL), 0);
  ASSERT_TRUE(ended(app().entry()));
  go();
  ASSERT_TRUE(ended(app().instance("green")));
  app().start(app().entry());
  ASSERT_EQ(runs().size(), 2U) << app().ledger_text();
  EXPECT_EQ(run(0).result, "success");
  EXPECT_EQ(run(1).slot, "blue");
  EXPECT_EQ(run(1).position, 1U);
  expect_exact();
}

TEST_F(RouterSplit, GoesOnWhereItWasWhenTheLedgerWasRotated) {
  prepare();
  app().start(app().entry());
  std::filesystem::rename(app().state() + "/runs.log", app().state() + "/runs.log.1");
  app().start(app().entry());
  EXPECT_EQ(only_run().position, 1U);
}

TEST_F(RouterSplit, GoesOnByTheLedgerWhenItsCursorIsDamaged) {
  prepare();
  app().start(app().entry());
  write(app().state() + "/blocks.json", "{\"format\":1,");
  finish_a_block();
  const auto all = runs();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].position, 1U);
  EXPECT_EQ(all[2].block, 1U);
  expect_exact();
}

}  // namespace
}  // namespace wx::test
