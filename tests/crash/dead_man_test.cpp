// The dead-man takes back what nobody drives any more, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/engine/lease.hpp"
#include "tests/crash/commands.hpp"
#include "tests/crash/host_state.hpp"

namespace wx::crash {
namespace {

using testing::HasSubstr;
using testkit::Behaviour;
using testkit::EffectLog;

constexpr Micros an_hour{3'600'000'000};

// Calls `act` once green is active.
class OnceCutOver final : public EffectObserver {
 public:
  OnceCutOver(FakeWorld& world, std::function<void()> act) : world_(world), act_(std::move(act)) {}
  Status before(const Effect&) override { return {}; }
  void after(const Effect&) override {
    const auto current = world_.files.read_link(world_.layout.current());
    if (!act_ || !current) return;
    const auto route = world_.files.read(world_.layout.data + "/" + *current + "/route.json", 1 << 20);
    if (!route || parse_route(*route)->active != Slot::green) return;
    std::exchange(act_, nullptr)();
  }

 private:
  FakeWorld& world_;
  std::function<void()> act_;
};

class DeadMan : public testing::Test {
 protected:
  DeadMan() {
    const auto view = deploy(world_, log_, {"o-1", world_.add_release("ticks-1", {"one"}, config)});
    EXPECT_TRUE(view && view->exit == 0);
    world_.settle();
  }

  Behaviour& one() { return world_.router.behaviours["#!/bin/sh\n# ticks-1\n"]; }

  // It soaks as a candidate until a person promotes it.
  void await_approval(const std::string& id) {
    Order order{id, world_.add_release("ticks-3", {"three"}, config), "40s", "canary"};
    order.auto_confirm = false;
    const auto view = deploy(world_, log_, order);
    ASSERT_TRUE(view) << view.error().message;
    ASSERT_EQ(view->phase, "Paused") << view->message;
  }

  FakeWorld world_;
  EffectLog log_;
};

TEST_F(DeadMan, LeavesNoLeaseBehindWhenTheOldVersionIsUnhealthyToo) {
  const std::string second = world_.add_release("ticks-2", {"two", true, true, false}, config);
  OnceCutOver breaks(world_, [this] { one().works_as_active = false; });
  const auto failed = deploy(world_, breaks, {"o-2", second});
  ASSERT_TRUE(failed) << failed.error().message;
  ASSERT_EQ(failed->phase, "Failed") << failed->message;
  EXPECT_EQ(failed->exit, to_int(ExitStatus::person_needed));
  EXPECT_EQ(observe_host(world_).at("lease"), "none");

  one().works_as_active = true;
  await_approval("o-3");
  world_.clock.advance(an_hour);
  EXPECT_FALSE(*look_at_lease(world_, log_));
  EXPECT_EQ((*rollout_in_progress(world_.files, world_.layout))->phase, "Paused");
}

TEST_F(DeadMan, TakesBackOnlyTheRolloutWhoseLeaseHasRunOut) {
  await_approval("o-3");
  testkit::FakeProcess process(world_, log_);
  Leases leases(process.ports, world_.layout);
  ASSERT_TRUE(leases.renew("o-2", Micros{1'000'000}));
  world_.clock.advance(an_hour);
  EXPECT_FALSE(*look_at_lease(world_, log_));
  EXPECT_EQ((*rollout_in_progress(world_.files, world_.layout))->phase, "Paused");

  ASSERT_TRUE(leases.renew("o-3", Micros{1'000'000}));
  EXPECT_FALSE(*look_at_lease(world_, log_)) << "it has not run out";
  world_.clock.advance(an_hour);
  EXPECT_TRUE(*look_at_lease(world_, log_));
  const auto view = find_rollout(world_.files, world_.layout, "o-3");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->phase, "RolledBack");
  EXPECT_THAT(view->message, HasSubstr("the dead-man's lease ran out"));
}

TEST_F(DeadMan, TakesBackWhatIsInProgressWhenNobodyCanReadTheLease) {
  await_approval("o-3");
  world_.files.put(world_.layout.lease(), "{");
  EXPECT_TRUE(*look_at_lease(world_, log_));
  EXPECT_EQ(find_rollout(world_.files, world_.layout, "o-3")->phase, "RolledBack");
  EXPECT_EQ(observe_host(world_).at("lease"), "none");
}

}  // namespace
}  // namespace wx::crash
