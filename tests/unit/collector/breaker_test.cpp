#include "collector/domain/breaker.hpp"

#include <gtest/gtest.h>

#include "tests/testkit/fake_clock.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;

const BreakerPolicy policy{3, 300s, 1h};

struct World {
  testkit::FakeClock clock;
  Breaker breaker;

  BreakerState state() { return state_of(breaker, clock.now()); }
  void fail(std::optional<Micros> retry_after = {}) {
    breaker = after_failure(breaker, policy, clock.now(), retry_after);
  }
  void open() {
    for (int i = 0; i < policy.failure_threshold; ++i) fail();
  }
};

TEST(Breaker, OpensAtTheThresholdAndNotBefore) {
  World world;
  world.fail();
  world.fail();
  EXPECT_EQ(world.state(), BreakerState::closed);
  world.fail();
  EXPECT_EQ(world.state(), BreakerState::open);
}

TEST(Breaker, LetsOneTryWhenItsRestIsOverAndRestsAgainWhenThatFails) {
  World world;
  world.open();
  world.clock.advance(299s);
  EXPECT_EQ(world.state(), BreakerState::open);
  world.clock.advance(1s);
  EXPECT_EQ(world.state(), BreakerState::half_open);
  world.fail();
  EXPECT_EQ(world.state(), BreakerState::open);
  world.clock.advance(300s);
  EXPECT_EQ(world.state(), BreakerState::half_open);
}

TEST(Breaker, LeavesAServerAloneAsLongAsItAsksWithinLimits) {
  World world;
  world.fail(90s);
  EXPECT_EQ(world.state(), BreakerState::open) << "at the first failure";
  EXPECT_TRUE(world.breaker.asked);
  world.clock.advance(90s);
  EXPECT_EQ(world.state(), BreakerState::half_open);
  world.fail(24h);
  EXPECT_EQ(world.breaker.rest, 1h);
  World other;
  other.fail(0s);
  EXPECT_EQ(other.state(), BreakerState::closed);
}

TEST(Breaker, AClockThatJumpsKeepsItOpenForNoLongerThanItsRest) {
  World world;
  world.open();
  world.clock.jump(-24h * 365);
  EXPECT_EQ(world.state(), BreakerState::half_open) << "it was opened in the future";
  world.fail();
  EXPECT_EQ(world.state(), BreakerState::open);
  world.clock.advance(300s);
  EXPECT_EQ(world.state(), BreakerState::half_open);
  world.open();
  world.clock.jump(24h * 365);
  EXPECT_EQ(world.state(), BreakerState::half_open);
}

}  // namespace
}  // namespace wx::collector
