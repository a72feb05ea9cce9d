#include "orchestrator/engine/verify_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/routing/ledger_lines.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// The entry is a unit of the test's own: what it does to the ledger is what the router would do.
class VerifyRunTest : public testing::Test {
 protected:
  VerifyRunTest() {
    machine.files.put(machine.layout.unit_dir + "/ticks.service",
                      "[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=/bin/sh\n");
    machine.world.systemd.on_exec = [this](const std::string&, const std::vector<std::string>&) {
      ++starts;
      return entry();
    };
    entry = [this] {
      record("blue", 7, "success");
      return testkit::ServiceExit{};
    };
  }

  void start_timer(const std::string& calendar) {
    machine.files.put(machine.layout.unit_dir + "/ticks.timer",
                      "[Timer]\nOnCalendar=" + calendar + "\nAccuracySec=100ms\n");
    ASSERT_TRUE(machine.ports.systemd.start("ticks.timer", 1s));
  }
  void record(const std::string& slot, std::uint64_t generation, const std::string& result) {
    wx::Run run;
    run.id = "run-" + std::to_string(++runs);
    run.at = machine.ports.clock.now();
    run.slot = slot;
    run.role = "active";
    run.release = "r-1";
    run.generation = generation;
    run.trigger = "timer";
    const std::optional<int> status = result == "failure" ? std::optional<int>{3} : std::nullopt;
    const std::string lines = render_begin(run) + render_end({run.id, run.at, result, status, "", 1});
    ASSERT_TRUE(machine.files.append(machine.layout.ledger(), lines, false));
  }
  Result<std::optional<wx::Run>> verify() {
    return verify_by_run({machine.ports, machine.layout, manifest, Slot::blue, 7, since, [this] {
                            ++pulses;
                            return pulse;
                          }});
  }

  Machine machine;
  Manifest manifest = machine.manifest();
  std::function<testkit::ServiceExit()> entry;
  WallTime since{};
  Status pulse;
  int runs = 0;
  int starts = 0;
  int pulses = 0;
};

TEST_F(VerifyRunTest, StartsTheEntryByHandWhenNoTickIsNear) {
  const auto run = verify();
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ((*run)->result, "success");
  EXPECT_EQ(starts, 1);
}

TEST_F(VerifyRunTest, LeavesATickThatIsNearToTheTimer) {
  start_timer("*:*:0/2");
  const auto begun = machine.ports.clock.now();
  const auto run = verify();
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_GE((*run)->at - begun, 1s);
  EXPECT_EQ(starts, 1);
  EXPECT_GT(pulses, 0);
}

TEST_F(VerifyRunTest, DoesNotWaitForATickThatIsFar) {
  start_timer("hourly");
  const auto begun = machine.ports.clock.now();
  ASSERT_TRUE(verify());
  EXPECT_LT(machine.ports.clock.now() - begun, 1s);
}

TEST_F(VerifyRunTest, TellsHowTheRunFailed) {
  entry = [this] {
    record("blue", 7, "failure");
    return testkit::ServiceExit{1};
  };
  const auto run = verify();
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, Code::failed);
  EXPECT_EQ(run.error().message, "the run of blue that was to prove it ended as failure (3)");
}

TEST_F(VerifyRunTest, BelievesOnlyRunsOfTheSlotAndGeneration) {
  entry = [this] {
    record("green", 7, "success");
    record("blue", 6, "success");
    // The third start is the first that the new route serves.
    if (starts == 3) record("blue", 8, "degraded");
    return testkit::ServiceExit{};
  };
  const auto run = verify();
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ((*run)->generation, 8U);
  EXPECT_EQ(starts, 3);
}

TEST_F(VerifyRunTest, BelievesNoRunFromBeforeItWasAsked) {
  record("blue", 7, "failure");
  machine.world.clock.advance(1s);
  since = machine.ports.clock.now();
  auto run = verify();
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(starts, 1);
  EXPECT_EQ((*run)->at, since);

  machine.world.clock.advance(1s);
  since = machine.ports.clock.now();
  entry = [this] {
    record("blue", 7, "failure");
    return testkit::ServiceExit{1};
  };
  EXPECT_FALSE(verify()) << "the success from before says nothing";
}

TEST_F(VerifyRunTest, GivesUpWhenNoRunIsRecorded) {
  entry = [] { return testkit::ServiceExit{}; };
  const auto run = verify();
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().message, "no run of blue was recorded although ticks.service was started");
  EXPECT_EQ(starts, 3);
}

TEST_F(VerifyRunTest, TellsThatTheEntryCannotBeStarted) {
  entry = [] { return testkit::ServiceExit{1}; };
  const auto run = verify();
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().message, "starting ticks.service to prove it ended as failed");
  ASSERT_TRUE(machine.files.remove_file(machine.layout.unit_dir + "/ticks.service"));
  machine.world.systemd.unreachable = true;
  EXPECT_EQ(verify().error().code, Code::unavailable);
}

TEST_F(VerifyRunTest, EndsAtOnceWhenThePulseSaysSo) {
  start_timer("*:*:0/8");
  machine.world.clock.advance(100ms);
  pulse = Status(Error{Code::interrupted, "asked to stop"});
  const auto run = verify();
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, Code::interrupted);
  EXPECT_EQ(starts, 0);
}

TEST_F(VerifyRunTest, RestartsAnEntryThatWaitsToRetryTheVersionBefore) {
  machine.files.put(
      machine.layout.unit_dir + "/ticks.service",
      "[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=/bin/sh\nRestart=on-failure\n"
      "RestartSec=1h\n");
  entry = [this] {
    if (starts == 1) return testkit::ServiceExit{1};
    record("blue", 7, "success");
    return testkit::ServiceExit{};
  };
  ASSERT_TRUE(machine.ports.systemd.start("ticks.service", 1s));
  ASSERT_EQ(machine.ports.systemd.unit("ticks.service")->sub_state, "auto-restart");
  const auto run = verify();
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ((*run)->result, "success");
}

}  // namespace
}  // namespace wx
