// Points that only a candidate wrote, and gaps that a version left, whatever rollouts and rollbacks came after it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/engine/points_home.hpp"
#include "orchestrator/engine/reconcile.hpp"
#include "tests/crash/commands.hpp"

namespace wx::crash {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testkit::EffectLog;
using testkit::Killed;

constexpr Micros half_a_minute{30'000'000};

// Dies after a while, in the midst of whatever it does.
class DieAfter final : public EffectObserver {
 public:
  DieAfter(FakeWorld& world, Micros time) : world_(world), time_(world.clock.monotonic() + time) {}
  Status before(const Effect&) override {
    if (world_.clock.monotonic() >= time_) throw Killed{};
    return {};
  }
  void after(const Effect&) override {}

 private:
  FakeWorld& world_;
  Micros time_;
};

// Dies when it begins to take a backup.
class DieAtBackup final : public EffectObserver {
 public:
  Status before(const Effect& effect) override {
    if (effect.subject.find("/backups") != std::string::npos) throw Killed{};
    return {};
  }
  void after(const Effect&) override {}
};

class PointsHome : public testing::Test {
 protected:
  PointsHome() {
    std::string manifest = text(FakeWorld::manifest_file);
    manifest.insert(manifest.find("  timeout: 20s"), "  backfill: [\"${release}/bin/tick\", \"--backfill\"]\n");
    world_.files.put(FakeWorld::manifest_file, manifest);
    EXPECT_TRUE(deploy(world_, log_, {"o-1", release("one")}));
    world_.settle();
    world_.clock.advance(Micros{5'000'000});
  }

  std::string text(const std::string& path) {
    const auto read = world_.files.read(path, 1 << 20);
    EXPECT_TRUE(read) << path;
    return read ? *read : std::string{};
  }
  std::string release(const std::string& version) {
    return world_.add_release("ticks-" + version, {version}, config);
  }
  // A canary whose data are blamed, ended by a person: its points stay in its bucket.
  void blamed_canary(const std::string& id) {
    DieAfter death(world_, half_a_minute);
    EXPECT_THROW(static_cast<void>(deploy(world_, death, {id, release("bad"), "10m", "canary", "50"})), Killed);
    world_.settle();
    FakeProcess process(world_, log_);
    auto journal =
        RolloutJournal::open(process.ports.files, world_.clock, world_.layout.rollout(id) + "/journal");
    EXPECT_TRUE(journal);
    EXPECT_TRUE(journal->append("measure", std::nullopt, {{"verdict", "fail"}, {"blamed", "parity"}}));
    const auto view = take_back(world_, log_, "Aborted");
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(view->outcome, "Aborted");
    EXPECT_THAT(view->unreconciled, Not(IsEmpty()));
    left_ = view->unreconciled.size();
    world_.clock.advance(Micros{5'000'000});
  }
  // What `reconcile --accept` does; how many points it brought home.
  std::uint64_t accept(const std::string& id) {
    FakeProcess process(world_, log_);
    Generations generations(process.ports, world_.layout);
    const Manifest manifest = *parse_manifest("ticks.yaml", text(FakeWorld::manifest_file));
    const auto points = find_trial_points(process.ports, world_.layout, *manifest.store, id);
    EXPECT_TRUE(points) << points.error().message;
    const auto runs = rollout_runs(process.ports, world_.layout, manifest);
    if (!points || !runs) return 0;
    const auto report = reconcile_promoted(
        {process.ports, world_.layout, *manifest.store, points->store, *runs, points->since, world_.clock.now()});
    EXPECT_TRUE(report) << report.error().message;
    return report ? report->copied : 0;
  }
  std::string notes(const std::string& id) {
    std::string told;
    const auto journal = parse_journal(text(world_.layout.rollout(id) + "/journal"));
    for (const auto& record : journal->records)
      if (record.kind == "note") told += record.field("message") + "\n";
    return told;
  }

  FakeWorld world_;
  EffectLog log_;
  std::size_t left_ = 0;
};

TEST_F(PointsHome, AreAcceptedAfterARollback) {
  blamed_canary("o-2");
  ASSERT_TRUE(deploy(world_, log_, {"o-3", release("two")}));
  ASSERT_TRUE(roll_back(world_, log_, "o-4"));
  EXPECT_EQ(accept("o-2"), left_);
}

TEST_F(PointsHome, AreAcceptedFromTheBucketWhileNoOtherCandidateCame) {
  ASSERT_TRUE(deploy(world_, log_, {"o-2", release("two")}));
  blamed_canary("o-3");
  ASSERT_TRUE(roll_back(world_, log_, "o-4"));
  EXPECT_EQ(accept("o-3"), left_);
}

TEST_F(PointsHome, BecomeEvidenceOfTheRolloutWhoseTheyAre) {
  ASSERT_TRUE(deploy(world_, log_, {"o-2", release("two")}));
  blamed_canary("o-3");
  ASSERT_TRUE(roll_back(world_, log_, "o-4"));
  ASSERT_TRUE(deploy(world_, log_, {"o-5", release("three")}));
  EXPECT_FALSE(world_.stores.points(world_.layout.evidence("o-3") + "/points.db", "ticks-candidate").empty());
  EXPECT_EQ(accept("o-3"), left_);
}

TEST_F(PointsHome, AreStillTheirsWhenTheNextRolloutEndsBeforeItsInstallation) {
  blamed_canary("o-2");
  DieAtBackup death;
  EXPECT_THROW(static_cast<void>(deploy(world_, death, {"o-3", release("two")})), Killed);
  ASSERT_TRUE(take_back(world_, log_, "Aborted"));
  EXPECT_EQ(accept("o-2"), left_);
}

TEST_F(PointsHome, ARollbackFillsTheGapsOfThePromotedVersion) {
  const std::string two = release("two");
  ASSERT_TRUE(deploy(world_, log_, {"o-2", two}));
  world_.clock.advance(Micros{5'000'000});
  world_.router.behaviours[text(two + "/bin/tick")].works_as_active = false;
  world_.clock.advance(Micros{5'000'000});
  const auto view = roll_back(world_, log_, "o-3");
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->phase, "RolledBack") << view->message;
  EXPECT_THAT(notes("o-3"), HasSubstr("backfill succeeded"));
}

TEST_F(PointsHome, ARollbackToAnOlderReleaseFillsThemToo) {
  ASSERT_TRUE(deploy(world_, log_, {"o-2", release("two")}));
  const std::string three = release("three");
  ASSERT_TRUE(deploy(world_, log_, {"o-3", three}));
  world_.router.behaviours[text(three + "/bin/tick")].works_as_active = false;
  world_.clock.advance(Micros{5'000'000});
  const auto view = roll_back_to(world_, log_, "one", "o-4");
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->phase, "RolledBack") << view->message;
  EXPECT_THAT(notes("o-4"), HasSubstr("backfill succeeded"));
}

}  // namespace
}  // namespace wx::crash
