#include "orchestrator/routing/decide.hpp"

namespace wx {
namespace {

constexpr std::uint64_t catch_up_slack_us = 1'000'000;

bool comes_from_timer(const ActivationFacts& facts) {
  // A trigger that merged with the activation before lies before the end of that one.
  return facts.timer && facts.timer->active && facts.timer->last_trigger_us > facts.entry_inactive_enter_us;
}

bool is_catch_up(const TimerFacts& timer) {
  if (timer.last_trigger_us < timer.active_enter_us) return false;
  return timer.last_trigger_us - timer.active_enter_us <=
         catch_up_slack_us + timer.accuracy_us + timer.randomized_delay_us;
}

// A re-weight and another candidate begin a new block.
std::string block_key(const Route& route) {
  return route.seed + "/" + std::string(to_string(route.mode)) + "/" + std::to_string(route.percent) + "/" +
         route.rollout.value_or("-");
}

void degrade(Decision& decision, std::string note) {
  decision.degraded = true;
  decision.note = std::move(note);
}

void decide_mirror(const Route& route, const BlockCursor& cursor, Decision& decision) {
  if (!route.candidate) return;
  if (!route.repeatable)
    return degrade(decision, "a program that is not repeatable is never run twice: no mirrored run");
  if (route.percent >= 100) {
    decision.mirror = route.candidate;
    return;
  }
  auto step = next_place(cursor, block_key(route), route.seed, route.percent);
  decision.cursor = std::move(step.next);
  if (step.place.drawn) decision.mirror = route.candidate;
}

}  // namespace

std::string_view to_string(Trigger trigger) {
  switch (trigger) {
    case Trigger::timer:
      return "timer";
    case Trigger::catch_up:
      return "catch-up";
    case Trigger::retry:
      return "retry";
    case Trigger::manual:
      return "manual";
  }
  return "manual";
}

Trigger trigger_of(const ActivationFacts& facts) {
  if (comes_from_timer(facts)) return is_catch_up(*facts.timer) ? Trigger::catch_up : Trigger::timer;
  return facts.restarts > 0 ? Trigger::retry : Trigger::manual;
}

Result<Decision> decide(const Route& route, const std::optional<ActivationFacts>& facts,
                        const BlockCursor& cursor) {
  if (!route.active) {
    return Error{Code::impossible, "app " + route.app + " has no active slot: nothing was deployed yet",
                 "deploy a release with wxctl deploy"};
  }
  Decision decision;
  decision.slot = *route.active;
  if (facts) decision.trigger = trigger_of(*facts);
  decision.counted = route.count_all || (facts && decision.trigger == Trigger::timer);
  if (!facts) degrade(decision, "the manager could not be asked why it started this");
  if (!decision.counted) return decision;
  switch (route.mode) {
    case RouteMode::none:
      break;
    case RouteMode::mirror:
      decide_mirror(route, cursor, decision);
      break;
    case RouteMode::split:
      degrade(decision, "this version cannot split activations: the active slot runs");
      break;
  }
  return decision;
}

}  // namespace wx
