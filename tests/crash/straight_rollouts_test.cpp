// Rollouts that nobody disturbs but the release itself: what people see in the ordinary cases, on fake time.
#include <gtest/gtest.h>

#include "tests/crash/judge_points.hpp"
#include "tests/crash/trial.hpp"

namespace wx::crash {
namespace {

using testkit::Behaviour;
using testkit::EffectLog;

class Rollouts : public testing::Test {
 protected:
  Rollouts() {
    first_ = world_.add_release("ticks-1", {"one"}, config);
    second_ = world_.add_release("ticks-2", {"two"}, std::string(config) + "retries: 3\n");
  }

  RolloutView deployed(const std::string& id, const std::string& release, const std::string& soak = "0s") {
    auto view = deploy(world_, log_, {id, release, soak});
    EXPECT_TRUE(view) << view.error().message;
    return view ? *view : RolloutView{};
  }

  std::string active_version() {
    testkit::FakeProcess process(world_, log_);
    Generations generations(process.ports, world_.layout);
    const auto present = generations.current();
    if (!present || !*present || !(*present)->route.active) return "none";
    return (*present)->slot(*(*present)->route.active)->version;
  }

  FakeWorld world_;
  EffectLog log_;
  std::string first_;
  std::string second_;
};

TEST_F(Rollouts, AFirstDeploymentStartsTheTimerAndEveryTickWritesOnePoint) {
  EXPECT_EQ(deployed("o-1", first_).phase, "Healthy");
  EXPECT_EQ(active_version(), "one");
  world_.clock.advance(Micros{20'000'000});
  EXPECT_TRUE(judge_points(world_).empty());
  EXPECT_GE(world_.main_points(), 10U);
}

TEST_F(Rollouts, AGoodReleaseIsMirroredAndThenTakesOverWithoutLosingATick) {
  deployed("o-1", first_);
  const RolloutView view = deployed("o-2", second_, "6s");
  EXPECT_EQ(view.phase, "Healthy");
  EXPECT_EQ(view.exit, 0);
  EXPECT_EQ(active_version(), "two");
  EXPECT_GE(world_.candidate_points(), 4U) << "two soaks of 6 s, a tick each 2 s";
  EXPECT_TRUE(judge_points(world_).empty());
}

TEST_F(Rollouts, ARollbackPutsThePredecessorBack) {
  deployed("o-1", first_);
  world_.settle();
  deployed("o-2", second_);
  const auto view = roll_back(world_, log_, "o-3");
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->phase, "RolledBack");
  EXPECT_TRUE(view->verified_ms.has_value());
  EXPECT_EQ(active_version(), "one");
  const auto live = world_.files.read(world_.layout.live_config(), 1 << 20);
  ASSERT_TRUE(live);
  EXPECT_EQ(*live, config) << "the merged setting goes with the release that brought it";
  const auto again = roll_back(world_, log_, "o-4");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::impossible);
}

struct BadRelease {
  const char* name;
  Behaviour behaviour;
  const char* step;  // that finds it
};

class BadReleases : public Rollouts, public testing::WithParamInterface<BadRelease> {};

TEST_P(BadReleases, IsFoundAndTakenBackAndTheHostIsAsBefore) {
  deployed("o-1", first_);
  world_.settle();
  const HostState before = observe_host(world_);
  const std::string bad = world_.add_release("ticks-bad", GetParam().behaviour, config);
  const RolloutView view = deployed("o-2", bad, "6s");
  EXPECT_EQ(view.phase, "RolledBack");
  EXPECT_EQ(view.exit, 1);
  EXPECT_EQ(view.verdict, "fail");
  EXPECT_TRUE(view.message.starts_with(GetParam().step)) << view.message;
  EXPECT_EQ(active_version(), "one");
  world_.settle();
  EXPECT_EQ(differences(before, observe_host(world_)), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(
    Releases, BadReleases,
    testing::Values(BadRelease{"FailsItsDryRun", {"bad", false}, "gate: dry-run"},
                    BadRelease{"FailsEveryRun", {"bad", true, false, false}, "soak: "},
                    BadRelease{"FailsOnceActive", {"bad", true, true, false}, "cutover: "}),
    [](const testing::TestParamInfo<BadRelease>& row) { return std::string(row.param.name); });

TEST_F(Rollouts, AReleaseWhoseEveryRunFailsIsFoundWhileMirroredHoweverShortTheSoaks) {
  deployed("o-1", first_);
  const std::string bad = world_.add_release("ticks-bad", {"bad", true, false, false}, config);
  const RolloutView view = deployed("o-2", bad, "1s");
  EXPECT_EQ(view.phase, "RolledBack");
  EXPECT_TRUE(view.message.starts_with("soak: 2 of 2 runs of green failed")) << view.message;
}

class SoakedByChecks : public Rollouts {
 protected:
  SoakedByChecks() { deployed("o-1", first_); }

  RolloutView soaked(const std::string& soak, const testkit::Behaviour& behaviour) {
    world_.files.put(FakeWorld::playbook_file,
                     "apiVersion: wxctl/v1\nkind: Playbook\nname: own\nvars: {soak: 0s}\nsteps:\n  - backup: {}\n"
                     "  - install: {}\n  - route: {percent: 100}\n  - soak: " + soak +
                         "\n  - cutover: {}\n  - soak: {for: \"${soak}\"}\n  - reconcile: {}\n  - confirm: {}\n");
    const std::string release = world_.add_release("ticks-3", behaviour, config);
    world_.clock.at(world_.clock.monotonic() + Micros{20'000'000}, [this] {
      for (auto& [program, other] : world_.router.behaviours)
        if (other.version == "three") other.passes_dry_run = false;
    });
    return deployed("o-2", release);
  }
};

TEST_F(SoakedByChecks, AreTakenBackWhenACheckFailsInTheMiddle) {
  const auto begun = world_.clock.monotonic();
  const RolloutView view = soaked("{for: 24h, checks: [dry-run]}", {"three"});
  EXPECT_EQ(view.phase, "RolledBack");
  EXPECT_TRUE(view.message.starts_with("soak: dry-run")) << view.message;
  EXPECT_LT(world_.clock.monotonic() - begun, Micros{60'000'000}) << "not at its end only";
}

TEST_F(SoakedByChecks, AreCheckedHoweverShortTheSoak) {
  const RolloutView view = soaked("{for: 0s, checks: [dry-run]}", {"three", false});
  EXPECT_EQ(view.phase, "RolledBack");
  EXPECT_TRUE(view.message.starts_with("soak: dry-run")) << view.message;
}

TEST_F(Rollouts, AFirstDeploymentThatFailsRemovesWhatItInstalled) {
  world_.settle();
  const HostState before = observe_host(world_);
  const std::string bad = world_.add_release("ticks-bad", {"bad", true, true, false}, config);
  EXPECT_EQ(deployed("o-1", bad).phase, "RolledBack");
  world_.settle();
  EXPECT_EQ(differences(before, observe_host(world_)), std::vector<std::string>{});
  EXPECT_EQ(deployed("o-2", first_).phase, "Healthy") << "and the next one works";
}

TEST_F(Rollouts, WhatIsActiveIsNotDeployedAgain) {
  deployed("o-1", first_);
  const auto again = deploy(world_, log_, {"o-2", first_});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "already active");
}

}  // namespace
}  // namespace wx::crash
