// Aborts and rollbacks: what proves that they were done, and what a person can still say meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/crash/commands.hpp"

namespace wx::crash {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testkit::Behaviour;
using testkit::EffectLog;
using testkit::Killed;

constexpr Micros a_while{5'000'000};

// Dies after the first record of an undo.
class DiesUndoing final : public EffectObserver {
 public:
  explicit DiesUndoing(FakeWorld& world, std::string id) : world_(world), id_(std::move(id)) {}
  Status before(const Effect&) override {
    if (dead_) throw Killed{};
    return {};
  }
  void after(const Effect&) override {
    const auto view = find_rollout(world_.files, world_.layout, id_);
    if (!view || view->phase != "RollingBack") return;
    dead_ = true;
    throw Killed{};
  }

 private:
  FakeWorld& world_;
  std::string id_;
  bool dead_ = false;
};

class TakingBack : public testing::Test {
 protected:
  TakingBack() {
    const auto view = deploy(world_, log_, {"o-1", world_.add_release("ticks-1", {"one"}, config)});
    EXPECT_TRUE(view && view->exit == 0);
    world_.settle();
  }

  Behaviour& one() { return world_.router.behaviours["#!/bin/sh\n# ticks-1\n"]; }

  // o-2 waits for a person: before anything was installed, or with a candidate on trial.
  void await_approval(const std::string& before, const std::string& after, const Behaviour& two) {
    world_.files.put(
        FakeWorld::playbook("table"),
        "apiVersion: wxctl/v1\nkind: Playbook\nname: table\nvars: {soak: 5m}\nsteps:\n  - backup: {}\n" +
            before + "  - install: {slot: candidate}\n  - route: {percent: 100, mode: mirror}\n" + after +
            "  - cutover: {confirm_within: 5m}\n  - reconcile: {}\n  - confirm: {}\n");
    Order order{"o-2", world_.add_release("ticks-2", two, config), "5m", "table"};
    order.auto_confirm = false;
    const auto view = deploy(world_, log_, order);
    ASSERT_TRUE(view) << view.error().message;
    ASSERT_EQ(view->phase, "Paused") << view->message;
  }

  RolloutView aborted() {
    const auto view = take_back(world_, log_, "Aborted");
    EXPECT_TRUE(view) << view.error().message;
    return view ? *view : RolloutView{};
  }

  static constexpr const char* waits = "  - pause: {unless: auto}\n";
  FakeWorld world_;
  EffectLog log_;
};

TEST_F(TakingBack, AnAbortThatReplacedNothingIsNotUndoneByARunThatFailsAnyway) {
  await_approval(waits, "", {"two"});
  one().works_as_active = false;
  world_.clock.advance(a_while);
  const RolloutView view = aborted();
  EXPECT_EQ(view.phase, "RolledBack") << view.message;
  EXPECT_EQ(view.outcome, "Aborted");
  EXPECT_EQ(view.verified_ms, std::nullopt);
  EXPECT_THAT(view.message, HasSubstr("not verified: the run of blue"));
}

TEST_F(TakingBack, AnAbortIsVerifiedByARunThatBeganAfterIt) {
  await_approval(waits, "", {"two"});
  world_.clock.advance(a_while);
  const auto before = world_.router.activations();
  const RolloutView view = aborted();
  EXPECT_TRUE(view.verified_ms);
  EXPECT_GT(world_.router.activations(), before);
}

TEST_F(TakingBack, AnAbortTellsOfPointsThatItCouldNotBringHome) {
  await_approval("", waits, {"two"});
  world_.clock.advance(a_while);
  world_.stores.remove(world_.layout.data + "/ticks.db");
  const RolloutView view = aborted();
  EXPECT_EQ(view.phase, "RolledBack");
  EXPECT_THAT(view.message, HasSubstr("could not be brought to the main bucket"));
  EXPECT_THAT(view.message, HasSubstr("wxctl reconcile tries again"));
}

TEST_F(TakingBack, ARollbackInProgressCanBeToldNotToWaitForARun) {
  Behaviour slow{"two"};
  slow.duration = Micros{15'000'000};
  await_approval("", waits, slow);
  while (!testing::Matches(Contains("ticks@green.service"))(world_.systemd.running()))
    world_.clock.advance(Micros{10'000});
  DiesUndoing death(world_, "o-2");
  EXPECT_THROW(static_cast<void>(take_back(world_, death, "RolledBack")), Killed);

  testkit::FakeProcess process(world_, log_);
  const auto rollout = open_rollout(process.ports, world_.layout, "o-2", world_.units);
  ASSERT_TRUE(rollout) << rollout.error().message;
  TakeBack now{"Aborted", "now", world_.clock.monotonic()};
  now.now = true;
  const auto view = wx::take_back(**rollout, now);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->outcome, "RolledBack") << "what was begun stays what it is";
  EXPECT_THAT(view->message, HasSubstr("by a person"));
  EXPECT_THAT(world_.systemd.running(), Not(Contains("ticks@green.service")));
}

}  // namespace
}  // namespace wx::crash
