#include "tests/crash/trial.hpp"

#include <algorithm>
#include <cstdlib>

#include "tests/crash/judge_points.hpp"

namespace wx::crash {

namespace {

constexpr Micros ten_ticks{20'000'000};
constexpr int most_words = 6;

bool timer_expected(const HostState& state) {
  return state.at("unit ticks.timer") == "active, enabled";
}

// What a person says who wants it to go on.
Request word_for(int attempt) {
  Request request;
  request.verb = attempt % 3 == 0 ? "resume" : attempt % 3 == 1 ? "promote" : "retry";
  request.full = request.verb == "promote";
  return request;
}

void judge_entry(FakeWorld& world, std::vector<std::string>& wrong) {
  const auto job = world.systemd.start("ticks.service", Micros{60'000'000});
  if (!job || *job != JobResult::done)
    wrong.push_back("the entry cannot be started: " +
                    (job ? std::string(to_string(*job)) : job.error().message));
  const auto ticks = world.router.activations();
  world.clock.advance(ten_ticks);
  if (world.router.activations() != ticks + 10)
    wrong.push_back(std::to_string(world.router.activations() - ticks) + " of 10 ticks came");
}

}  // namespace

Settled settle(FakeWorld& world, const Scene& scene, Result<RolloutView> view) {
  testkit::EffectLog log;
  for (int attempt = 0; attempt < most_words && !(view && view->ended()); ++attempt) {
    if (view && view->phase == "Paused") ask(world, word_for(attempt));
    view = resume(world, log);
    if (view || view.error().code != Code::impossible) continue;
    const auto all = list_rollouts(world.files, world.layout);
    if (all && !all->empty() && all->front().plan.id == scene.id)
      view = all->front();
    else
      view = scene.command(world, log, scene.id + "-again");
  }
  if (view && view->phase == "Failed") return {roll_back(world, log, scene.id + "-back"), &scene.retried};
  const bool done = view && view->exit == 0;
  return {std::move(view), done ? &scene.done : &scene.taken_back};
}

std::vector<std::string> judge_host(FakeWorld& world, const Settled& settled) {
  std::vector<std::string> wrong = judge_points(world);
  const auto& view = settled.view;
  const HostState& wanted = *settled.wanted;
  if (!view) {
    wrong.push_back("no answer: " + view.error().message);
  } else if (!view->ended()) {
    wrong.push_back("the rollout has not ended: " + view->phase + ": " + view->message);
  } else if (view->phase != "Healthy" && view->phase != "RolledBack") {
    wrong.push_back(view->phase + ": " + view->message);
  }
  for (auto& line : differences(wanted, observe_host(world))) wrong.push_back(std::move(line));
  for (const auto& [path, what] : world.files.dump())
    if (path.ends_with(".new")) wrong.push_back("debris: " + path);
  if (timer_expected(wanted)) judge_entry(world, wrong);
  for (auto& line : judge_points(world)) wrong.push_back(std::move(line));
  if (world.router.failed() != 0)
    wrong.push_back(std::to_string(world.router.failed()) + " activations failed");
  return wrong;
}

std::vector<std::size_t> sample(std::size_t bound, std::size_t count) {
  if (std::getenv("WXCTL_TORTURE") != nullptr) count = bound;
#ifdef WX_SANITIZED
  count = std::min<std::size_t>(count, 8);
#endif
  count = std::min(count, bound);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(i * bound / count);
  return out;
}

std::string effect_name(const Scene& scene, std::size_t number) {
  if (number >= scene.effects.size()) return std::to_string(number);
  return std::to_string(number) + " (" + scene.effects[number].kind + " " + scene.effects[number].subject +
         ")";
}

}  // namespace wx::crash
