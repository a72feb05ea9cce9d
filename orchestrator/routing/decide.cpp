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

constexpr double largest_split = 50;

void degrade(Decision& decision, std::string note) {
  decision.degraded = true;
  decision.note = std::move(note);
}

BlockPlace take_place(const Route& route, const BlockCursor& cursor, Decision& decision) {
  auto step = next_place(cursor, route.generation, route.seed, route.percent);
  decision.cursor = std::move(step.next);
  return step.place;
}

void decide_mirror(const Route& route, const BlockCursor& cursor, Decision& decision) {
  if (!route.candidate) return;
  if (!route.repeatable)
    return degrade(decision, "a program that is not repeatable is never run twice: no mirrored run");
  if (route.percent >= 100 || take_place(route, cursor, decision).drawn) decision.mirror = route.candidate;
}

void decide_split(const Route& route, const BlockCursor& cursor, Decision& decision) {
  if (!route.candidate || !(route.percent > 0)) return;
  if (route.percent > largest_split)
    return degrade(decision, "more than half of the activations cannot be split off: the active slot runs");
  decision.place = take_place(route, cursor, decision);
  if (decision.place->drawn) decision.slot = *route.candidate;
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
  if (!facts || !decision.counted) return decision;
  if (route.mode == RouteMode::mirror) decide_mirror(route, cursor, decision);
  if (route.mode == RouteMode::split) decide_split(route, cursor, decision);
  return decision;
}

Decision active_alone(const Route& route, Decision decision, std::string why) {
  decision.slot = *route.active;
  decision.place = std::nullopt;
  decision.mirror = std::nullopt;
  decision.cursor = std::nullopt;
  degrade(decision, std::move(why));
  return decision;
}

Decision fallback_of(const Route& route, Decision candidate) {
  candidate.slot = *route.active;
  candidate.counted = false;
  candidate.cursor = std::nullopt;
  candidate.fallback = true;
  return candidate;
}

Run announced(const Route& route, const Decision& decision, Slot slot) {
  Run run;
  run.slot = to_string(slot);
  run.role = slot == route.active ? "active" : "candidate";
  run.generation = route.generation;
  run.trigger = to_string(decision.trigger);
  run.counted = decision.counted;
  if (decision.place) {
    run.block = decision.place->block;
    run.position = decision.place->position;
  }
  run.fallback = decision.fallback;
  run.degraded = decision.degraded;
  run.rollout = route.rollout;
  return run;
}

}  // namespace wx
