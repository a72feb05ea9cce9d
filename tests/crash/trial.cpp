#include "tests/crash/trial.hpp"

#include <cstdlib>
#include <iostream>

#include "orchestrator/engine/run_log.hpp"

namespace wx::crash {

namespace {

constexpr Micros ten_ticks{20'000'000};

void must_promote(FakeWorld& world, EffectObserver& observer, const Order& order) {
  const auto view = deploy(world, observer, order);
  if (view && view->phase == "Healthy") return;
  std::cerr << "the undisturbed rollout failed: " << (view ? view->message : view.error().message) << "\n";
  std::abort();
}

Scene scene_of(FakeWorld& start, const Order& order) {
  Scene scene;
  start.settle();
  scene.disk = start.disk();
  scene.order = order;
  FakeWorld world(scene.disk);
  scene.before = observe_host(world);
  testkit::EffectLog log;
  must_promote(world, log, order);
  scene.effects = log.effects();
  world.settle();
  scene.after = observe_host(world);
  return scene;
}

bool timer_expected(const HostState& state) {
  return state.at("unit ticks.timer") == "active, enabled";
}

}  // namespace

Scene first_deployment() {
  FakeWorld world;
  const std::string release = world.add_release("ticks-1", {"one"}, "interval: 2\nbucket: none\n");
  return scene_of(world, {"o-1", release});
}

Scene gradual_rollout() {
  FakeWorld world;
  const std::string first = world.add_release("ticks-1", {"one"}, "interval: 2\nbucket: none\n");
  const std::string second = world.add_release("ticks-2", {"two"}, "interval: 2\nbucket: none\nretries: 3\n");
  testkit::EffectLog log;
  must_promote(world, log, {"o-1", first});
  return scene_of(world, {"o-2", second});
}

std::vector<std::string> judge_points(FakeWorld& world) {
  world.settle();
  const auto points = world.main_points();
  const auto activations = world.router.activations();
  const auto before = world.points_before();
  if (points == before + activations) return {};
  return {std::to_string(points) + " points in the main bucket, " + std::to_string(before) + " before and " +
          std::to_string(activations) + " activations since"};
}

std::vector<std::string> judge_host(FakeWorld& world, const Scene& scene, const Result<RolloutView>& view) {
  std::vector<std::string> wrong = judge_points(world);
  const bool promoted = view && view->phase == "Healthy";
  if (!view) {
    wrong.push_back("no answer: " + view.error().message);
  } else if (!view->ended()) {
    wrong.push_back("the rollout has not ended: " + view->phase + ": " + view->message);
  } else if (!promoted && view->phase != "RolledBack") {
    wrong.push_back(view->phase + ": " + view->message);
  }
  const HostState& wanted = promoted ? scene.after : scene.before;
  for (auto& line : differences(wanted, observe_host(world))) wrong.push_back(std::move(line));
  for (const auto& [path, what] : world.files.dump())
    if (path.ends_with(".new")) wrong.push_back("debris: " + path);
  if (timer_expected(wanted)) {
    const auto job = world.systemd.start("ticks.service", Micros{60'000'000});
    if (!job || *job != JobResult::done)
      wrong.push_back("the entry cannot be started: " +
                      (job ? std::string(to_string(*job)) : job.error().message));
    const auto ticks = world.router.activations();
    world.clock.advance(ten_ticks);
    if (world.router.activations() != ticks + 10)
      wrong.push_back(std::to_string(world.router.activations() - ticks) + " of 10 ticks came");
  }
  for (auto& line : judge_points(world)) wrong.push_back(std::move(line));
  return wrong;
}

std::string effect_name(const Scene& scene, std::size_t number) {
  if (number >= scene.effects.size()) return std::to_string(number);
  return std::to_string(number) + " (" + scene.effects[number].kind + " " + scene.effects[number].subject +
         ")";
}

}  // namespace wx::crash
