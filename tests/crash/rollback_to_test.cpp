// Going back to a release that was active once: when a run verifies it, and when none is to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/crash/commands.hpp"

namespace wx::crash {
namespace {

using testing::HasSubstr;
using testkit::EffectLog;

class RollbackTo : public testing::Test {
 protected:
  void deploy_two_and_stop_the_timer() {
    for (const std::string version : {"one", "two"}) {
      const auto view =
          deploy(world_, log_, {"o-" + version, world_.add_release("ticks-" + version, {version}, config)});
      ASSERT_TRUE(view) << view.error().message;
      ASSERT_EQ(view->phase, "Healthy") << view->message;
    }
    world_.settle();
    ASSERT_TRUE(world_.systemd.stop("ticks.timer", Micros{1'000'000}));
  }

  FakeWorld world_;
  EffectLog log_;
};

TEST_F(RollbackTo, IsVerifiedByARun) {
  deploy_two_and_stop_the_timer();
  const auto activations = world_.router.activations();
  const auto view = roll_back_to(world_, log_, "one", "o-back");
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->exit, 0) << view->message;
  EXPECT_THAT(view->message, HasSubstr("one is active in blue, verified by a run (manual)"));
  EXPECT_EQ(world_.router.activations(), activations + 1);
}

TEST_F(RollbackTo, RunsNothingWhenItIsNotToBeVerified) {
  deploy_two_and_stop_the_timer();
  const auto activations = world_.router.activations();
  const auto view = roll_back_to(world_, log_, "one", "o-back", false);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->exit, 0) << view->message;
  EXPECT_EQ(view->verified_ms, std::nullopt);
  EXPECT_THAT(view->message, HasSubstr("not verified by a run"));
  EXPECT_EQ(world_.router.activations(), activations);
}

TEST_F(RollbackTo, DoesNotWaitForTheNextTickOfAProgramThatIsNotRepeatable) {
  world_.not_repeatable();
  deploy_two_and_stop_the_timer();
  const auto view = roll_back_to(world_, log_, "one", "o-back");
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->exit, 0) << view->message;
  EXPECT_EQ(view->verified_ms, std::nullopt);
  EXPECT_THAT(view->message, HasSubstr("its next activation verifies it"));
}

}  // namespace
}  // namespace wx::crash
