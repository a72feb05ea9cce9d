// What belongs to an app's units besides their own files, put back by a rollback and observed again. Each
// test is named after the failure of another tool that it guards against.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/core/files.hpp"
#include "orchestrator/engine/lease.hpp"
#include "tests/crash/trial.hpp"

namespace wx::crash {
namespace {

using testing::HasSubstr;
using testkit::EffectLog;

class UnitClosure : public testing::Test {
 protected:
  UnitClosure() {
    first_ = world_.add_release("ticks-1", {"one"}, config);
    second_ = world_.add_release("ticks-2", {"two"}, config);
    EXPECT_EQ(deployed("o-1", first_).phase, "Healthy");
  }

  std::string unit(const std::string& name) const { return world_.layout.unit_dir + "/" + name; }
  RolloutView deployed(const std::string& id, const std::string& release) {
    return seen(deploy(world_, log_, {id, release}));
  }
  static RolloutView seen(const Result<RolloutView>& view) {
    EXPECT_TRUE(view) << view.error().message;
    return view ? *view : RolloutView{};
  }
  UnitState state(const std::string& name) { return *world_.systemd.unit(name); }
  bool is_active(const std::string& name) { return state(name).active_state == "active"; }

  // A unit of somebody else that goes down with the timer.
  void add_dependent() {
    world_.files.put(unit("watcher.timer"),
                     "[Unit]\nRequires=ticks.timer\n[Timer]\nOnCalendar=daily\nUnit=watcher.service\n");
    world_.files.put(unit("watcher.service"), "[Service]\nType=oneshot\nExecStart=/bin/sh\n");
    ASSERT_TRUE(world_.systemd.start("watcher.timer", Micros{1'000'000}));
    ASSERT_TRUE(is_active("watcher.timer"));
  }
  void mask_once_down(const std::string& name) {
    world_.clock.at(world_.clock.monotonic() + Micros{1'000}, [this, name] {
      if (is_active(name)) return mask_once_down(name);
      ASSERT_TRUE(world_.files.remove_file(unit(name)));
      ASSERT_TRUE(world_.files.symlink("/dev/null", unit(name)));
      ASSERT_TRUE(world_.systemd.reload());
    });
  }
  // From now on the manifest names another timer: the cutover stops the one before.
  void rename_timer() {
    std::string text = *world_.files.read(FakeWorld::manifest_file, 1 << 20);
    const std::string name = "unit: ticks.timer";
    world_.files.put(FakeWorld::manifest_file,
                     text.replace(text.find(name), name.size(), "unit: tocks.timer"));
  }

  FakeWorld world_;
  EffectLog log_;
  std::string first_;
  std::string second_;
};

// hive#4493: a rollback was reported as a success while a dependent stayed down.
TEST_F(UnitClosure, ARollbackBringsBackADependentThatWentDown_hive4493) {
  add_dependent();
  rename_timer();
  world_.router.behaviours["#!/bin/sh\n# ticks-2\n"].works_as_active = false;
  const RolloutView view = deployed("o-2", second_);
  EXPECT_EQ(view.phase, "RolledBack") << view.message;
  EXPECT_TRUE(is_active("ticks.timer"));
  EXPECT_TRUE(is_active("watcher.timer"));
}

TEST_F(UnitClosure, ARollbackThatCannotBringBackADependentCallsAPerson_hive4493) {
  add_dependent();
  rename_timer();
  world_.router.behaviours["#!/bin/sh\n# ticks-2\n"].works_as_active = false;
  mask_once_down("watcher.timer");
  const RolloutView view = deployed("o-2", second_);
  EXPECT_EQ(view.phase, "Failed") << view.message;
  EXPECT_EQ(view.exit, 6);
  EXPECT_THAT(view.message, HasSubstr("watcher.timer was active before"));
}

TEST_F(UnitClosure, ARollbackOfAPromotedVersionBringsDependentsBackToo) {
  add_dependent();
  rename_timer();
  EXPECT_EQ(deployed("o-2", second_).phase, "Healthy");
  EXPECT_FALSE(is_active("watcher.timer"));
  EXPECT_EQ(seen(roll_back(world_, log_, "o-3")).phase, "RolledBack");
  EXPECT_TRUE(is_active("ticks.timer"));
  EXPECT_TRUE(is_active("watcher.timer"));
}

// greenboot#105: what was reverted was so for this boot only.
TEST_F(UnitClosure, WhatARollbackBroughtBackOutlivesAReboot_greenboot105) {
  rename_timer();
  EXPECT_EQ(deployed("o-2", second_).phase, "Healthy");
  EXPECT_EQ(seen(roll_back(world_, log_, "o-3")).phase, "RolledBack");
  world_.power_cut();
  EXPECT_TRUE(is_active("ticks.timer"));
  EXPECT_EQ(state("ticks.timer").file_state, "enabled");
  EXPECT_FALSE(is_active("tocks.timer"));
  const auto before = world_.router.activations();
  world_.clock.advance(Micros{20'000'000});
  EXPECT_EQ(world_.router.activations(), before + 10);
}

// A timer that is gone leaves no stamp: its successor of that name would catch up on what nobody missed.
TEST_F(UnitClosure, ARollbackForgetsTheStampOfATimerThatWasNotThere) {
  rename_timer();
  world_.router.behaviours["#!/bin/sh\n# ticks-2\n"].works_as_active = false;
  const std::string stamps = "/home/user/.local/share/systemd/timers/";
  world_.files.put(stamps + "stamp-ticks.timer", "");
  world_.clock.at(world_.clock.monotonic() + Micros{1'000},
                  [this, stamps] { world_.files.put(stamps + "stamp-tocks.timer", ""); });
  EXPECT_EQ(deployed("o-2", second_).phase, "RolledBack");
  EXPECT_TRUE(exists(world_.files, stamps + "stamp-ticks.timer"));
  EXPECT_FALSE(exists(world_.files, stamps + "stamp-tocks.timer"));
}

// rauc#1554: a failed step left a proof behind that it had been done, and the next attempt believed it.
TEST_F(UnitClosure, AFailedStepLeavesNoProofThatItWasDone_rauc1554) {
  auto& behaviour = world_.router.behaviours["#!/bin/sh\n# ticks-2\n"];
  behaviour.passes_dry_run = false;
  for (const char* id : {"o-2", "o-3"}) {
    const RolloutView view = deployed(id, second_);
    EXPECT_EQ(view.phase, "RolledBack") << id;
    EXPECT_THAT(view.message, HasSubstr("dry-run")) << id;
  }
  behaviour.passes_dry_run = true;
  EXPECT_EQ(deployed("o-4", second_).phase, "Healthy");
}

// fwupd#7188: a lock that a crash left behind kept everybody out.
TEST_F(UnitClosure, ALockOfAProcessThatDiedKeepsNobodyOut_fwupd7188) {
  world_.files.put(world_.layout.lock(), R"({"format":1,"pid":4711,"verb":"deploy","since":1})");
  EXPECT_EQ(deployed("o-2", second_).phase, "Healthy");
}

// mender#823: something undid a version after it had been committed.
TEST_F(UnitClosure, AfterConfirmNothingRollsBackByItself_mender823) {
  EXPECT_EQ(deployed("o-2", second_).phase, "Healthy");
  testkit::FakeProcess process(world_, log_);
  // A lease that came back, as a restored backup or a power cut might bring it.
  Leases leases(process.ports, world_.layout);
  ASSERT_TRUE(leases.renew("o-2", Micros{1'000'000}));
  world_.power_cut();
  world_.clock.advance(Micros{600'000'000});
  const auto before = observe_host(world_);
  EXPECT_FALSE(*look_at_lease(world_, log_));
  EXPECT_FALSE(resume(world_, log_));
  auto after = observe_host(world_);
  EXPECT_EQ(after.at("lease"), "none") << "it was of no use any more";
  after["lease"] = before.at("lease");
  EXPECT_EQ(differences(before, after), std::vector<std::string>{});
}

// capistrano#351, #514: the version to go back to was the one that sorted before, or the newest directory.
TEST_F(UnitClosure, ARollbackGoesToTheRecordedPredecessor_capistrano351_514) {
  const std::string third = world_.add_release("ticks-3", {"three"}, config);
  world_.router.behaviours["#!/bin/sh\n# ticks-3\n"].works_as_active = false;
  EXPECT_EQ(deployed("o-2", second_).phase, "Healthy");
  EXPECT_EQ(deployed("o-3", third).phase, "RolledBack");
  // Directories that are newer, and sort before and behind every other.
  for (const char* id : {"r-000000000000", "r-ffffffffffff"})
    world_.files.put(world_.layout.release(id) + "/bin/tick", "#!/bin/sh\n", 0755);
  const RolloutView view = seen(roll_back(world_, log_, "o-4"));
  EXPECT_EQ(view.phase, "RolledBack");
  EXPECT_THAT(view.message, HasSubstr("one is active again"));
}

}  // namespace
}  // namespace wx::crash
