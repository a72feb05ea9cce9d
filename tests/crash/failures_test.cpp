// One effect of a rollout fails, each in its turn: the disk is full, a file cannot be touched, the bus does
// not answer. The rollout ends promoted or taken back, the host is wholly new or wholly old, and nothing is
// lost.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/crash/trial.hpp"

namespace wx::crash {
namespace {

using testkit::EffectLog;
using testkit::FailAt;

constexpr Micros a_while{5'000'000};
constexpr std::size_t most_reported = 12;

// Whoever comes next settles what an error left open: the engine's unit is restarted, or a person tries
// again.
Result<RolloutView> settled(FakeWorld& world, const Scene& scene, Result<RolloutView> view) {
  EffectLog log;
  if (view && view->ended()) return view;
  if (view && view->phase == "Paused") ask(world, "resume");
  if (auto resumed = resume(world, log); resumed || resumed.error().code != Code::impossible) return resumed;
  const auto all = list_rollouts(world.files, world.layout);
  if (all && !all->empty() && all->front().plan.id == scene.order.id) return all->front();
  Order again = scene.order;
  again.id += "-again";
  return deploy(world, log, again);
}

std::vector<std::string> run_trial(const Scene& scene, std::size_t number, const Error& error) {
  FakeWorld world(scene.disk);
  FailAt fault(number, error);
  auto view = deploy(world, fault, scene.order);
  world.clock.advance(a_while);
  return judge_host(world, scene, settled(world, scene, std::move(view)));
}

using Matches = bool (*)(const Effect&);

void torture(const Scene& scene, const Error& error, Matches matches) {
  std::size_t matching = 0;
  std::size_t trials = 0;
  std::size_t bad = 0;
  for (std::size_t number = 0; number < scene.effects.size(); ++number) {
    if (!matches(scene.effects[number]) || matching++ % stride() != 0) continue;
    ++trials;
    const auto wrong = run_trial(scene, number, error);
    if (wrong.empty() || ++bad > most_reported) continue;
    std::string text;
    for (const auto& line : wrong) text += "\n  " + line;
    ADD_FAILURE() << "effect " << effect_name(scene, number) << " fails (" << error.message << "):" << text;
  }
  EXPECT_GT(trials, 0U);
  EXPECT_EQ(bad, 0U) << "of " << trials << " trials";
  std::cout << "failing effects: " << trials << " trials, " << (bad == 0 ? "all passed" : "some failed")
            << "\n";
}

bool is_file(const Effect& effect) {
  return effect.kind.starts_with("file.");
}
bool is_systemd(const Effect& effect) {
  return effect.kind.starts_with("systemd.");
}

TEST(FailingEffects, AFullDiskAnywhereEndsWhollyOldOrWhollyNew) {
  torture(gradual_rollout(), Error{Code::no_space, "no space left on device"}, is_file);
}

TEST(FailingEffects, AFileThatCannotBeTouchedEndsWhollyOldOrWhollyNew) {
  torture(gradual_rollout(), Error{Code::permission, "permission denied"}, is_file);
}

TEST(FailingEffects, ABusThatDoesNotAnswerEndsWhollyOldOrWhollyNew) {
  torture(gradual_rollout(), Error{Code::timeout, "the bus did not answer"}, is_systemd);
}

TEST(FailingEffects, AManagerThatRefusesEndsWhollyOldOrWhollyNew) {
  torture(gradual_rollout(), Error{Code::failed, "refused"}, is_systemd);
}

TEST(FailingEffects, AFirstDeploymentOnAFullDiskEndsInstalledOrRemoved) {
  torture(first_deployment(), Error{Code::no_space, "no space left on device"}, is_file);
}

}  // namespace
}  // namespace wx::crash
