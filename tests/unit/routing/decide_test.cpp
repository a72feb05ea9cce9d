#include "orchestrator/routing/decide.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace wx {
namespace {

constexpr std::uint64_t second = 1'000'000;

Route mirror_route(double percent) {
  Route route;
  route.generation = 7;
  route.app = "ticks";
  route.entry = "ticks.service";
  route.timer = "ticks.timer";
  route.active = Slot::blue;
  route.candidate = Slot::green;
  route.mode = RouteMode::mirror;
  route.percent = percent;
  route.repeatable = true;
  route.seed = "5eed";
  return route;
}

Route split_route(double percent) {
  auto route = mirror_route(percent);
  route.mode = RouteMode::split;
  return route;
}

ActivationFacts tick() {
  ActivationFacts facts;
  facts.timer = TimerFacts{true, 1000 * second, 10 * second, 0, 0};
  facts.entry_inactive_enter_us = 900 * second;
  return facts;
}

// The first activation that is the candidate's.
Decision candidates_turn(const Route& route) {
  auto decision = decide(route, tick(), {}).value();
  while (decision.slot == route.active) decision = decide(route, tick(), *decision.cursor).value();
  return decision;
}

struct TriggerCase {
  std::string what;
  ActivationFacts facts;
  Trigger trigger;
};

std::vector<TriggerCase> trigger_cases() {
  const auto timer = [](std::uint64_t last, std::uint64_t enter, std::uint64_t accuracy = 0,
                        std::uint64_t delay = 0) {
    return TimerFacts{true, last, enter, accuracy, delay};
  };
  return {
      {"a tick after the activation before",
       {timer(100 * second, 10 * second), 99 * second, 0},
       Trigger::timer},
      {"the first tick of an entry that never ran", {timer(100 * second, 10 * second), 0, 0}, Trigger::timer},
      {"a tick that was merged with the activation before",
       {timer(98 * second, 10 * second), 99 * second, 0},
       Trigger::manual},
      {"a tick in the same microsecond as that end",
       {timer(99 * second, 10 * second), 99 * second, 0},
       Trigger::manual},
      {"a start by hand before the first tick", {timer(0, 10 * second), 0, 0}, Trigger::manual},
      {"a start by hand while the timer is stopped",
       {TimerFacts{false, 100 * second, 0, 0, 0}, 99 * second, 0},
       Trigger::manual},
      {"a start by hand without a timer", {std::nullopt, 99 * second, 0}, Trigger::manual},
      {"a tick at once after the timer's start",
       {timer(10 * second + 1400, 10 * second), 0, 0},
       Trigger::catch_up},
      {"a tick at the very end of that second", {timer(11 * second, 10 * second), 0, 0}, Trigger::catch_up},
      {"a tick just after it", {timer(11 * second + 1, 10 * second), 0, 0}, Trigger::timer},
      {"a catch-up that accuracy made late",
       {timer(70 * second, 10 * second, 60 * second), 0, 0},
       Trigger::catch_up},
      {"a catch-up that a random delay made late",
       {timer(40 * second, 10 * second, 0, 30 * second), 0, 0},
       Trigger::catch_up},
      {"a trigger from before the timer was started again",
       {timer(9 * second, 10 * second), 8 * second, 0},
       Trigger::timer},
      {"an automatic restart", {timer(98 * second, 10 * second), 99 * second, 2}, Trigger::retry},
      {"an automatic restart without a timer", {std::nullopt, 99 * second, 1}, Trigger::retry},
      {"a tick that fell into an automatic restart",
       {timer(100 * second, 10 * second), 99 * second, 1},
       Trigger::timer},
  };
}

TEST(TriggerOfAnActivation, FollowsFromTimerEntryAndRestarts) {
  for (const auto& test : trigger_cases())
    EXPECT_EQ(to_string(trigger_of(test.facts)), to_string(test.trigger)) << test.what;
}

TEST(Decision, CountsOnlyTicksWhenSamplesAreTheTimers) {
  const auto counted = [](const ActivationFacts& facts) {
    return decide(mirror_route(100), facts, {}).value().counted;
  };
  auto catch_up = tick();
  catch_up.timer->active_enter_us = catch_up.timer->last_trigger_us - 1;
  auto by_hand = tick();
  by_hand.entry_inactive_enter_us = 2000 * second;
  auto retry = by_hand;
  retry.restarts = 1;
  EXPECT_TRUE(counted(tick()));
  EXPECT_FALSE(counted(catch_up));
  EXPECT_FALSE(counted(by_hand));
  EXPECT_FALSE(counted(retry));
}

TEST(Decision, CountsEveryActivationWhenSamplesAreAll) {
  auto route = mirror_route(100);
  route.timer = std::nullopt;
  route.count_all = true;
  const auto decision = decide(route, ActivationFacts{}, {}).value();
  EXPECT_TRUE(decision.counted);
  EXPECT_EQ(decision.mirror, Slot::green);
}

TEST(Decision, RunsTheActiveSlotAndMirrorsEachCountedActivationAtHundredPercent) {
  const auto decision = decide(mirror_route(100), tick(), {}).value();
  EXPECT_EQ(decision.slot, Slot::blue);
  EXPECT_EQ(decision.mirror, Slot::green);
  EXPECT_FALSE(decision.cursor) << "nothing is drawn at 100 %";
  EXPECT_FALSE(decision.degraded);
}

TEST(Decision, MirrorsExactlyTheShareInEachBlock) {
  BlockCursor cursor;
  int mirrored = 0;
  for (int i = 0; i < 40; ++i) {
    const auto decision = decide(mirror_route(25), tick(), cursor).value();
    ASSERT_TRUE(decision.cursor);
    cursor = *decision.cursor;
    mirrored += decision.mirror.has_value() ? 1 : 0;
    if (i % 4 == 3) {
      EXPECT_EQ(mirrored, (i + 1) / 4) << "after " << i + 1;
    }
  }
}

TEST(Decision, TakesNoPositionForWhatDoesNotCount) {
  auto by_hand = tick();
  by_hand.entry_inactive_enter_us = 2000 * second;
  const auto decision = decide(mirror_route(50), by_hand, {}).value();
  EXPECT_FALSE(decision.cursor);
  EXPECT_FALSE(decision.mirror);
}

TEST(Decision, BeginsANewBlockAfterAReweight) {
  const auto first = decide(mirror_route(10), tick(), {}).value().cursor.value();
  auto route = mirror_route(20);
  route.generation = 8;
  const auto next = decide(route, tick(), first).value().cursor.value();
  EXPECT_EQ(first.block, 0U);
  EXPECT_EQ(next.block, 1U);
  EXPECT_EQ(next.position, 1U);
}

TEST(Decision, NeverRunsTwiceWhatIsNotRepeatable) {
  auto route = mirror_route(100);
  route.repeatable = false;
  const auto decision = decide(route, tick(), {}).value();
  EXPECT_FALSE(decision.mirror);
  EXPECT_TRUE(decision.degraded);
}

TEST(Decision, GivesEachCountedActivationOfASplitToOneSlotByItsPlace) {
  for (const double percent : {0.5, 2.5, 10.0, 33.0, 40.0, 50.0}) {
    const auto route = split_route(percent);
    const auto shape = block_shape(percent);
    BlockCursor cursor;
    for (std::uint64_t block = 0; block < 3; ++block) {
      const auto drawn = drawn_positions(route.seed, block, shape);
      for (std::uint64_t position = 0; position < shape.size; ++position) {
        const auto decision = decide(route, tick(), cursor).value();
        ASSERT_TRUE(decision.place && decision.cursor) << percent;
        EXPECT_EQ(decision.place->block, block);
        EXPECT_EQ(decision.place->position, position);
        const bool candidates = std::find(drawn.begin(), drawn.end(), position) != drawn.end();
        EXPECT_EQ(decision.slot, candidates ? Slot::green : Slot::blue);
        EXPECT_FALSE(decision.mirror);
        EXPECT_FALSE(decision.degraded);
        cursor = *decision.cursor;
      }
    }
  }
}

TEST(Decision, SplitsOffNothingThatDoesNotCount) {
  auto by_hand = tick();
  by_hand.entry_inactive_enter_us = 2000 * second;
  const auto decision = decide(split_route(50), by_hand, {}).value();
  EXPECT_EQ(decision.slot, Slot::blue);
  EXPECT_FALSE(decision.place);
  EXPECT_FALSE(decision.cursor);
  EXPECT_FALSE(decision.degraded);
}

TEST(Decision, SplitsOffNothingItDoesNotKnowTheReasonOf) {
  auto route = split_route(50);
  route.count_all = true;
  const auto decision = decide(route, std::nullopt, {}).value();
  EXPECT_EQ(decision.slot, Slot::blue);
  EXPECT_FALSE(decision.place);
  EXPECT_TRUE(decision.degraded);
}

TEST(Decision, NeverSplitsOffMoreThanHalf) {
  const auto decision = decide(split_route(51), tick(), {}).value();
  EXPECT_EQ(decision.slot, Slot::blue);
  EXPECT_FALSE(decision.place);
  EXPECT_TRUE(decision.degraded);
  EXPECT_NE(decision.note, "");
}

TEST(Decision, SplitsOffWhatIsNotRepeatableToo) {
  auto route = split_route(50);
  route.repeatable = false;
  EXPECT_TRUE(decide(route, tick(), {}).value().place);
}

TEST(Decision, LeavesTheActiveSlotAloneWhereThePlaceIsOfNoUse) {
  for (const auto& route : {split_route(50), mirror_route(50)}) {
    const auto alone = active_alone(route, decide(route, tick(), {}).value(), "no space");
    EXPECT_EQ(alone.slot, Slot::blue);
    EXPECT_FALSE(alone.place);
    EXPECT_FALSE(alone.cursor);
    EXPECT_FALSE(alone.mirror);
    EXPECT_TRUE(alone.counted);
    EXPECT_TRUE(alone.degraded);
    EXPECT_EQ(alone.note, "no space");
  }
}

TEST(Decision, MakesACandidatesRunGoodAtItsPlaceWithARunThatIsNoSample) {
  const auto route = split_route(50);
  const auto candidate = candidates_turn(route);
  const auto fallback = fallback_of(route, candidate);
  EXPECT_EQ(fallback.slot, Slot::blue);
  EXPECT_FALSE(fallback.cursor);
  const auto failed = announced(route, candidate, candidate.slot);
  const auto run = announced(route, fallback, fallback.slot);
  EXPECT_EQ(failed.role, "candidate");
  EXPECT_TRUE(failed.counted);
  EXPECT_FALSE(failed.fallback);
  EXPECT_EQ(run.role, "active");
  EXPECT_FALSE(run.counted);
  EXPECT_TRUE(run.fallback);
  EXPECT_EQ(run.trigger, failed.trigger);
  EXPECT_TRUE(run.block);
  EXPECT_EQ(run.block, failed.block);
  EXPECT_EQ(run.position, failed.position);
}

TEST(Decision, IsDegradedAndDoesNotCountWithoutFacts) {
  const auto decision = decide(mirror_route(100), std::nullopt, {}).value();
  EXPECT_EQ(decision.slot, Slot::blue);
  EXPECT_TRUE(decision.degraded);
  EXPECT_FALSE(decision.counted);
  EXPECT_FALSE(decision.mirror);
}

TEST(Decision, IsImpossibleBeforeTheFirstCutover) {
  auto route = mirror_route(100);
  route.active = std::nullopt;
  const auto decision = decide(route, tick(), {});
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, Code::impossible);
  EXPECT_NE(decision.error().remedy, "");
}

}  // namespace
}  // namespace wx
