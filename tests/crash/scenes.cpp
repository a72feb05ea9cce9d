#include "tests/crash/scenes.hpp"

#include <cstdlib>
#include <iostream>
#include <optional>

namespace wx::crash {

namespace {

using testkit::EffectLog;
using testkit::Killed;

constexpr const char* next_config = "interval: 2\nbucket: none\nretries: 3\n";

// Dies at the first effect at or after a time.
class DieThen final : public EffectObserver {
 public:
  DieThen(FakeWorld& world, Micros delay) : world_(world), time_(world.clock.monotonic() + delay) {}
  Status before(const Effect&) override {
    if (world_.clock.monotonic() >= time_) throw Killed{};
    return {};
  }

 private:
  FakeWorld& world_;
  Micros time_;
};

[[noreturn]] void give_up(const std::string& what, const Result<RolloutView>& view) {
  std::cerr << what << ": " << (view ? view->phase + ": " + view->message : view.error().message) << "\n";
  std::abort();
}

void must_end_well(const std::string& what, const Result<RolloutView>& view) {
  if (!view || view->exit != 0) give_up(what, view);
}

Command deploying(const Order& order) {
  return [order](FakeWorld& world, EffectObserver& observer, const std::string& id) {
    Order now = order;
    now.id = id;
    return deploy(world, observer, now);
  };
}

// A machine on which `order` may be given: the releases before it are deployed.
struct Stage {
  explicit Stage(bool repeatable = true, const std::vector<std::string>& versions = {"zero", "one"}) {
    if (!repeatable) world.not_repeatable();
    for (const auto& version : versions) {
      const std::string release = world.add_release("ticks-" + version, {version}, config);
      must_end_well("deploy " + version, deploy(world, log, {"o-" + version, release}));
    }
    for (const auto slot : {Slot::blue, Slot::green})
      if (world.files.info(world.layout.slot_dir(slot)))
        world.files.put(world.layout.slot_state(slot) + "/cache",
                        "of a release in " + std::string(to_string(slot)));
    next = world.add_release("ticks-next", {"next"}, next_config);
    world.settle();
  }
  Order order(const std::string& strategy, const std::string& soak, const std::string& percent = {}) const {
    return {"o-next", next, soak, strategy, percent};
  }

  FakeWorld world;
  EffectLog log;
  std::string next;
};

// The command, undisturbed, says what it changes and which effects it has.
Scene rehearsed(const std::string& name, FakeWorld& stage, const Command& command, const std::string& id) {
  Scene scene;
  scene.name = name;
  scene.disk = stage.disk();
  scene.command = command;
  scene.id = id;
  FakeWorld world(scene.disk);
  scene.untouched = scene.taken_back = scene.retried = observe_host(world);
  EffectLog log;
  const auto view = command(world, log, id);
  must_end_well(name, view);
  scene.effects = log.effects();
  world.settle();
  scene.done = observe_host(world);
  return scene;
}

// With a person who gives these words, two seconds after the command and after each other.
Command with_words(Command command, std::vector<Request> words) {
  return [command = std::move(command), words = std::move(words)](FakeWorld& world, EffectObserver& observer,
                                                                  const std::string& id) {
    Micros time = world.clock.monotonic();
    for (const auto& word : words) {
      time += Micros{2'000'000};
      world.clock.at(time, [&world, word] { ask(world, word); });
    }
    return command(world, observer, id);
  };
}

Request promote(bool full = false) {
  Request request;
  request.verb = "promote";
  request.full = full;
  return request;
}

}  // namespace

Scene first_deployment() {
  FakeWorld world;
  const std::string release = world.add_release("ticks-1", {"one"}, config);
  return rehearsed("a first deployment", world, deploying({"", release}), "o-1");
}

Scene gradual_rollout() {
  Stage stage;
  return rehearsed("gradual", stage.world, deploying(stage.order("gradual", "0s")), "o-next");
}

Scene canary_rollout() {
  Stage stage;
  return rehearsed("canary", stage.world, deploying(stage.order("canary", "20s")), "o-next");
}

Scene canary_of_an_unrepeatable_app() {
  Stage stage(false);
  return rehearsed("canary of an unrepeatable app", stage.world,
                   deploying(stage.order("canary", "10s", "50")), "o-next");
}

Scene blue_green_rollout() {
  Stage stage(true, {"one"});
  return rehearsed("blue-green", stage.world, deploying(stage.order("blue-green", "8s")), "o-next");
}

Scene promoted_canary() {
  Stage stage;
  Order order = stage.order("canary", "60s", "25");
  order.auto_confirm = false;
  order.stay_paused = true;
  return rehearsed("canary, promote", stage.world, with_words(deploying(order), std::vector(30, promote())),
                   "o-next");
}

Scene canary_promoted_in_full() {
  Stage stage;
  Order order = stage.order("canary", "60s", "25");
  order.auto_confirm = false;
  order.stay_paused = true;
  return rehearsed("canary, promote --full", stage.world,
                   with_words(deploying(order), std::vector(30, promote(true))), "o-next");
}

Scene abort_during_a_split() {
  Stage stage;
  const HostState before = observe_host(stage.world);
  const auto canary = deploying(stage.order("canary", "20s", "25"));
  Scene whole = rehearsed("canary", stage.world, canary, "o-next");
  DieThen death(stage.world, Micros{15'000'000});
  try {
    static_cast<void>(canary(stage.world, death, "o-next"));
    give_up("the canary was not killed", Error{Code::failed, "it ended"});
  } catch (const Killed&) {
  }
  stage.world.settle();
  Scene scene;
  scene.name = "abort during a split";
  scene.disk = stage.world.disk();
  scene.command = [](FakeWorld& world, EffectObserver& observer, const std::string&) {
    return take_back(world, observer, "Aborted");
  };
  scene.id = "o-next";
  FakeWorld world(scene.disk);
  EffectLog log;
  const auto view = scene.command(world, log, scene.id);
  if (!view || view->outcome != "Aborted") give_up(scene.name, view);
  scene.effects = log.effects();
  scene.taken_back = scene.retried = before;
  scene.done = whole.done;  // killed before the word was written down, it is not aborted
  return scene;
}

Scene rollback_of_a_promoted_canary() {
  Stage stage;
  must_end_well("canary", deploying(stage.order("canary", "10s", "50"))(stage.world, stage.log, "o-next"));
  stage.world.settle();
  Scene scene = rehearsed("rollback of a canary", stage.world, roll_back, "o-back");
  scene.retried = scene.done;
  return scene;
}

Scene rollback_to_an_older_release() {
  Stage stage(true, {"one", "two", "three"});
  return rehearsed(
      "rollback --to", stage.world,
      [](FakeWorld& world, EffectObserver& observer, const std::string& id) {
        return roll_back_to(world, observer, "one", id);
      },
      "o-back");
}

std::vector<NamedScene> all_scenes() {
  return {{"FirstDeployment", first_deployment},
          {"Gradual", gradual_rollout},
          {"Canary", canary_rollout},
          {"CanaryOfAnUnrepeatableApp", canary_of_an_unrepeatable_app},
          {"BlueGreen", blue_green_rollout},
          {"PromotedCanary", promoted_canary},
          {"CanaryPromotedInFull", canary_promoted_in_full},
          {"AbortDuringASplit", abort_during_a_split},
          {"RollbackOfACanary", rollback_of_a_promoted_canary},
          {"RollbackToAnOlderRelease", rollback_to_an_older_release}};
}

void PrintTo(const NamedScene& scene, std::ostream* out) {
  *out << scene.name;
}

}  // namespace wx::crash
