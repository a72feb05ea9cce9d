// A slot is used again only when what ran there has ended and what it could not deliver is on its way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "orchestrator/engine/clean.hpp"
#include "tests/crash/commands.hpp"

namespace wx::crash {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testkit::Behaviour;
using testkit::EffectLog;

constexpr const char* flusher = "ticks@blue.check.service";

class SlotReuse : public testing::Test {
 protected:
  SlotReuse() {
    std::string manifest = *world_.files.read(FakeWorld::manifest_file, 1 << 20);
    manifest.replace(manifest.find("  timeout: 20s\n"), 15,
                     "  timeout: 20s\n  drain: 3s\n  flush: [\"${release}/bin/tick\", \"--flush\"]\n");
    world_.files.put(FakeWorld::manifest_file, manifest);
    deployed("o-1", "one");
    world_.settle();
  }

  RolloutView deployed(const std::string& id, const std::string& version,
                       const std::string& strategy = "gradual") {
    Behaviour behaviour{version};
    if (version == "slow") behaviour.duration = Micros{15'000'000};
    Order order{id, world_.add_release("ticks-" + version, behaviour, config), "0s", strategy};
    return seen(deploy(world_, log_, order));
  }
  static RolloutView seen(const Result<RolloutView>& view) {
    EXPECT_TRUE(view) << view.error().message;
    return view ? *view : RolloutView{};
  }
  RolloutView retried() {
    Request request;
    request.verb = "retry";
    ask(world_, request);
    return seen(resume(world_, log_));
  }
  // Its flush fails as its dry run does.
  void let_flush(const std::string& version, bool succeed) {
    world_.router.behaviours["#!/bin/sh\n# ticks-" + version + "\n"].passes_dry_run = succeed;
  }
  std::size_t flushes() {
    return static_cast<std::size_t>(std::count_if(
        log_.effects().begin(), log_.effects().end(),
        [](const Effect& effect) { return effect.kind == "systemd.start" && effect.subject == flusher; }));
  }

  FakeWorld world_;
  EffectLog log_;
};

TEST_F(SlotReuse, WaitsForASpoolThatIsNotEmpty) {
  const std::string spool = world_.layout.slot_state(Slot::blue) + "/spool";
  world_.files.put(spool, "a batch");
  let_flush("one", false);
  log_.clear();
  EXPECT_EQ(deployed("o-2", "two").phase, "Healthy") << "that the old spool cannot be emptied is no failure";
  EXPECT_EQ(flushes(), 1U) << "of the outgoing slot, after the promotion";

  const RolloutView view = deployed("o-3", "three");
  EXPECT_EQ(view.phase, "Paused") << view.message;
  EXPECT_EQ(view.exit, to_int(ExitStatus::undecided));
  EXPECT_THAT(view.message, HasSubstr("the spool of blue"));
  EXPECT_TRUE(world_.files.info(spool)) << "the slot is not used again";
  let_flush("one", true);
  EXPECT_EQ(retried().phase, "Healthy");
}

TEST_F(SlotReuse, WaitsForTheRunThatIsInProgressThere) {
  world_.files.put(
      FakeWorld::playbook("trial"),
      "apiVersion: wxctl/v1\nkind: Playbook\nname: trial\nvars: {soak: 0s}\nsteps:\n  - backup: {}\n"
      "  - install: {slot: candidate}\n  - route: {percent: 100, mode: mirror}\n  - pause: {}\n"
      "  - cutover: {confirm_within: 5m}\n  - reconcile: {}\n  - confirm: {}\n");
  ASSERT_EQ(deployed("o-2", "slow", "trial").phase, "Paused");
  const Micros limit = world_.clock.monotonic() + Micros{10'000'000};
  while (!testing::Matches(Contains("ticks@green.service"))(world_.systemd.running()) &&
         world_.clock.monotonic() < limit)
    world_.clock.advance(Micros{10'000});
  EXPECT_EQ(seen(take_back(world_, log_, "Aborted")).phase, "RolledBack");
  ASSERT_THAT(world_.systemd.running(), Contains("ticks@green.service"));

  const RolloutView view = deployed("o-3", "three");
  EXPECT_EQ(view.phase, "Paused") << view.message;
  EXPECT_THAT(view.message, HasSubstr("the run before in green has not ended"));
  world_.clock.advance(Micros{20'000'000});
  EXPECT_EQ(retried().phase, "Healthy");
}

TEST_F(SlotReuse, IsNotCleanedUnderTheRunThatIsInProgressThere) {
  ASSERT_EQ(deployed("o-2", "slow").phase, "Healthy");
  ASSERT_EQ(seen(roll_back(world_, log_, "o-3")).phase, "RolledBack");
  world_.settle();
  ASSERT_TRUE(world_.systemd.start("ticks@green.service", Micros::zero()));
  ASSERT_THAT(world_.systemd.running(), Contains("ticks@green.service"));

  testkit::FakeProcess process(world_, log_);
  const auto clean = [&] { return clean_idle_slot(process.ports, world_.layout, [] { return Status{}; }); };
  const auto refused = clean();
  ASSERT_FALSE(refused) << *refused;
  EXPECT_EQ(refused.error().code, Code::impossible);
  EXPECT_EQ(refused.error().message, "a run of green is in progress");
  EXPECT_TRUE(world_.files.info(world_.layout.slot_state(Slot::green)));
  world_.clock.advance(Micros{20'000'000});
  EXPECT_TRUE(clean());
  EXPECT_FALSE(world_.files.info(world_.layout.slot_state(Slot::green)));
}

}  // namespace
}  // namespace wx::crash
