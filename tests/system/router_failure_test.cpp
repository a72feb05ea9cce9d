// wxctl-router on a real user manager: damage, kills and lost connections.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "tests/system/router_fixture.hpp"

namespace wx::test {
namespace {

using ::testing::HasSubstr;

TEST_F(Router, RunsWithoutALedger) {
  app().blue = "echo done > out";
  prepare();
  std::filesystem::create_directory(app().state() + "/runs.log");
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  EXPECT_EQ(file_content(app().file("cwd/out")), "done\n");
}

TEST_F(Router, BeginsANewLedgerWhenTheOldOneIsLarge) {
  prepare();
  const auto path = app().state() + "/runs.log";
  write(path + ".1", "the one before\n");
  write(path, "old\n");
  std::filesystem::resize_file(path, (16U << 20U) + 1);
  app().start(app().entry());
  EXPECT_EQ(only_run().result, "success");
  EXPECT_EQ(std::filesystem::file_size(path + ".1"), (16U << 20U) + 1);
}

TEST_F(Router, LeavesALargeLedgerThatSomebodyHasLocked) {
  prepare();
  const auto path = app().state() + "/runs.log";
  write(path, "old\n");
  std::filesystem::resize_file(path, (16U << 20U) + 1);
  const int held = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  app().start(app().entry());
  ::close(held);
  EXPECT_EQ(only_run().result, "success");
  EXPECT_FALSE(file_exists(path + ".1"));
}

TEST_F(Router, RunsWithoutItsStateDirectory) {
  app().blue = "echo done > out";
  prepare();
  std::filesystem::remove_all(app().state());
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  EXPECT_EQ(file_content(app().file("cwd/out")), "done\n");
}

TEST_F(Router, RunsTheActiveSlotOfAGenerationWhoseRouteIsDamaged) {
  app().write_generation();
  app().blue = "";
  app().green = "exit 0";
  app().route.active = Slot::green;
  prepare();
  write(app().generation_directory() + "/route.json", "{\"format\":1,");
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  const auto run = only_run();
  EXPECT_EQ(run.slot, "green");
  EXPECT_EQ(run.generation, 2U);
  EXPECT_TRUE(run.degraded);
}

TEST_F(Router, FallsBackToAnOlderGenerationWhenNothingElseCanBeRead) {
  app().write_generation();
  app().write_generation();
  prepare();
  const auto damaged = app().generation_directory();
  app().write_generation(false);  // written, never switched to: not to be run
  std::filesystem::remove_all(damaged);
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  const auto run = only_run();
  EXPECT_EQ(run.generation, 2U);
  EXPECT_TRUE(run.degraded);
}

TEST_F(Router, SaysWhatIsMissingWithoutACurrentGeneration) {
  prepare();
  std::filesystem::remove(app().data() + "/current");
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "4");
}

TEST_F(Router, StopsTheRunWhenTheEntryIsStopped) {
  app().blue = wait_for_go();
  prepare();
  app().start_later(app().entry());
  ASSERT_TRUE(begun());
  app().stop(app().entry());
  EXPECT_EQ(app().property(app().instance("blue"), "ActiveState"), "inactive");
  EXPECT_EQ(only_run().result, "signal");
  EXPECT_THAT(app().ledger_text(), HasSubstr("\"t\":\"term\""));
}

TEST_F(Router, LosesNoRunWhenItIsKilled) {
  app().blue = wait_for_go();
  prepare();
  app().start_later(app().entry());
  ASSERT_TRUE(begun());
  ASSERT_EQ(::kill(pid_of(app().entry()), SIGKILL), 0);
  ASSERT_TRUE(ended(app().entry()));
  EXPECT_EQ(app().property(app().instance("blue"), "ActiveState"), "activating") << "the run goes on";
  std::thread later([this] {
    sleep_ms(200);
    go();
  });
  app().start(app().entry());  // waits for the run in progress
  later.join();
  EXPECT_EQ(result("Result"), "success");
  const auto ledger = app().ledger();
  ASSERT_EQ(ledger.runs.size(), 2U);
  EXPECT_EQ(ledger.runs[0].result, "success");
  EXPECT_EQ(ledger.runs[1].result, "success");
}

TEST_F(Router, RecordsTheDeathOfExec) {
  app().blue = wait_for_go();
  prepare();
  app().start_later(app().entry());
  ASSERT_TRUE(begun());
  ASSERT_EQ(::kill(pid_of(app().instance("blue")), SIGKILL), 0);
  ASSERT_TRUE(ended(app().entry()));
  EXPECT_EQ(result("ExecMainStatus"), std::to_string(SIGKILL));
  EXPECT_EQ(only_run().result, "signal");
}

TEST_F(Router, MakesOneRunOfOverlappingStarts) {
  app().blue = wait_for_go();
  prepare();
  app().start_later(app().entry());
  app().start_later(app().entry());
  ASSERT_TRUE(begun());
  app().start_later(app().entry());
  go();
  ASSERT_TRUE(ended(app().entry()));
  EXPECT_EQ(only_run().result, "success");
}

TEST_F(Router, WorksOverTheManagersPrivateSocket) {
  app().blue = "exit 75";
  const auto runtime = app().file("runtime");
  std::filesystem::create_directories(runtime);
  std::filesystem::create_symlink(std::string(std::getenv("XDG_RUNTIME_DIR")) + "/systemd",
                                  runtime + "/systemd");
  app().instance_extra = "SuccessExitStatus=75\n";
  app().entry_extra = "SuccessExitStatus=75\nEnvironment=XDG_RUNTIME_DIR=" + runtime + "\n";
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "75");
  EXPECT_EQ(result("Result"), "success");
  EXPECT_EQ(only_run().result, "degraded");
  EXPECT_FALSE(only_run().degraded) << "the route was followed as it should be";
}

TEST_F(Router, RunsTheProgramItselfWithoutAManager) {
  app().blue = "echo $WX_SLOT > out; exit 3";
  app().entry_extra = "Environment=XDG_RUNTIME_DIR=/nonexistent\n";
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "3");
  EXPECT_EQ(file_content(app().file("cwd/out")), "blue\n");
  EXPECT_EQ(only_run().result, "failure");
  EXPECT_TRUE(only_run().degraded);
  EXPECT_EQ(app().property(app().instance("blue"), "ExecMainStartTimestampMonotonic"), "0");
}

TEST_F(Router, FindsTheRunAgainWhenTheBusWasRestarted) {
  app().blue = wait_for_go() + "; exit 5";
  prepare();
  app().start_later(app().entry());
  ASSERT_TRUE(begun());
  run({"systemctl", "--user", "restart", "dbus.service"});
  sleep_ms(100);
  go();
  ASSERT_TRUE(ended(app().entry()));
  EXPECT_EQ(result("ExecMainStatus"), "5");
  EXPECT_EQ(only_run().result, "failure");
}

}  // namespace
}  // namespace wx::test
