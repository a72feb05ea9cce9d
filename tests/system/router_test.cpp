// wxctl-router on a real user manager: what it does when nothing is wrong.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "tests/system/router_fixture.hpp"

namespace wx::test {
namespace {

using ::testing::HasSubstr;

TEST_F(Router, RunsTheActiveSlotAndRecordsIt) {
  app().blue = "echo $WX_SLOT > out; pwd > where";
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  EXPECT_EQ(file_content(app().file("cwd/out")), "blue\n");
  EXPECT_EQ(file_content(app().file("cwd/where")), app().file("cwd") + "\n");
  const auto run = only_run();
  EXPECT_EQ(run.result, "success");
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_EQ(run.slot, "blue");
  EXPECT_EQ(run.role, "active");
  EXPECT_EQ(run.release, "r-blue");
  EXPECT_EQ(run.generation, 1U);
  EXPECT_EQ(run.trigger, "manual");
  EXPECT_TRUE(run.counted);
  EXPECT_FALSE(run.degraded);
  EXPECT_GT(run.memory_peak_bytes.value_or(0), 0);
  EXPECT_GE(run.duration_ms.value_or(-1), 0);
  EXPECT_EQ(run.invocation.size(), 32U);
  EXPECT_FALSE(file_exists(app().state() + "/tickets/blue"));
}

TEST_F(Router, PassesAnExitStatusOnAndLeavesNoFailedInstance) {
  app().blue = "exit 3";
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "3");
  EXPECT_EQ(result("Result"), "exit-code");
  EXPECT_EQ(only_run().result, "failure");
  EXPECT_EQ(app().property(app().instance("blue"), "ActiveState"), "inactive");
}

TEST_F(Router, CallsAStatusThatTheUnitsAllowDegraded) {
  app().blue = "exit 75";
  app().entry_extra = app().instance_extra = "SuccessExitStatus=75\n";
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  EXPECT_EQ(result("ExecMainStatus"), "75");
  EXPECT_EQ(only_run().result, "degraded");
}

TEST_F(Router, DiesOfTheSignalThatTheProgramDiedOf) {
  app().blue = "kill -SEGV $$";
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "signal");
  EXPECT_EQ(result("ExecMainStatus"), std::to_string(SIGSEGV));
  EXPECT_EQ(only_run().result, "signal");
}

TEST_F(Router, EndsWith124AtTheTimeOut) {
  app().timeout_s = 0.5;
  app().blue = "exec sleep 30";
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "124");
  EXPECT_EQ(only_run().result, "timeout");
  EXPECT_THAT(app().ledger_text(), HasSubstr("\"timed_out\":true")) << "exec knows it by itself";
}

TEST_F(Router, RecordsAProgramThatIsMissing) {
  app().blue = "exit 0";
  prepare();
  auto text = file_content(app().generation_directory() + "/blue/run.json");
  text.replace(text.find("/bin/sh"), 7, "/no/bin");
  write(app().generation_directory() + "/blue/run.json", text);
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "127");
  EXPECT_EQ(only_run().exit_status, 127);
}

TEST_F(Router, StartsAMirroredRunAfterTheActiveOneAndDoesNotWaitForIt) {
  app().route.mode = RouteMode::mirror;
  app().route.candidate = Slot::green;
  app().route.percent = 100;
  app().blue = "date +%s%N > active";
  app().green = "date +%s%N > candidate; " + wait_for_go();
  prepare();
  app().start(app().entry());
  ASSERT_TRUE(begun());
  EXPECT_EQ(app().property(app().instance("green"), "ActiveState"), "activating");
  EXPECT_EQ(result("ActiveState"), "inactive");
  auto ledger = app().ledger();
  ASSERT_EQ(ledger.runs.size(), 2U);
  EXPECT_EQ(ledger.runs[1].mirror_of, ledger.runs[0].id);
  EXPECT_EQ(ledger.runs[1].role, "candidate");
  EXPECT_FALSE(ledger.runs[1].result);
  EXPECT_LT(file_content(app().file("cwd/active")), file_content(app().file("cwd/candidate")));

  app().start(app().entry());
  ledger = app().ledger();
  EXPECT_EQ(ledger.runs.size(), 3U) << "the candidate still runs: that pair is left out";
  ASSERT_EQ(ledger.skipped.size(), 1U);
  EXPECT_EQ(ledger.skipped[0].mirror_of, ledger.runs[2].id);
  go();
  ASSERT_TRUE(ended(app().instance("green")));
  EXPECT_EQ(app().ledger().runs[1].result, "success");
}

TEST_F(Router, DoesNotLetACandidatesFailureTouchTheEntry) {
  app().route.mode = RouteMode::mirror;
  app().route.candidate = Slot::green;
  app().route.percent = 100;
  app().green = "exit 9";
  prepare();
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  ASSERT_TRUE(ended(app().instance("green")));
  EXPECT_EQ(app().ledger().runs.at(1).result, "failure");
}

TEST_F(Router, MirrorsTheDrawnShareOnly) {
  app().route.mode = RouteMode::mirror;
  app().route.candidate = Slot::green;
  app().route.percent = 50;
  app().green = "exit 0";
  prepare();
  for (int i = 0; i < 4; ++i) {
    app().start(app().entry());
    ASSERT_TRUE(ended(app().instance("green")));
  }
  const auto ledger = app().ledger();
  EXPECT_EQ(ledger.runs.size(), 6U);
  EXPECT_EQ(ledger.skipped.size(), 0U);
}

TEST_F(Router, CallsAStartOfTheInstanceByHandManual) {
  prepare();
  app().start(app().instance("blue"));
  const auto run = only_run();
  EXPECT_EQ(run.trigger, "manual");
  EXPECT_FALSE(run.counted);
  EXPECT_EQ(run.role, "active");
  EXPECT_EQ(run.result, "success");
}

TEST_F(Router, CountsTheTicksOfTheTimerButNotItsCatchUp) {
  app().write_timer("OnActiveSec=10ms\nOnActiveSec=1300ms\nAccuracySec=1ms\n");
  app().write_generation();
  app().write_units();
  app().start(*app().route.timer);
  ASSERT_TRUE(eventually([&] { return app().ledger().runs.size() == 2; }));
  ASSERT_TRUE(ended(app().entry()));
  const auto ledger = app().ledger();
  EXPECT_EQ(ledger.runs.at(0).trigger, "catch-up");
  EXPECT_FALSE(ledger.runs.at(0).counted);
  EXPECT_EQ(ledger.runs.at(1).trigger, "timer");
  EXPECT_TRUE(ledger.runs.at(1).counted);
  app().start(app().entry());
  EXPECT_EQ(app().ledger().runs.at(2).trigger, "manual");
}

TEST_F(Router, CallsAnAutomaticRestartARetry) {
  app().write_timer("OnActiveSec=1h\n");
  app().blue = "[ -e once ] || { touch once; exit 1; }";
  app().entry_extra = "Restart=on-failure\nRestartSec=50ms\n";
  prepare();
  app().start_later(app().entry());
  ASSERT_TRUE(eventually(
      [&] { return app().ledger().runs.size() == 2 && app().ledger().runs[1].result == "success"; }));
  EXPECT_EQ(app().ledger().runs[0].trigger, "manual");
  EXPECT_EQ(app().ledger().runs[1].trigger, "retry");
}

TEST_F(Router, WaitsForASwitchAndThenRunsTheNewGeneration) {
  app().blue = "echo $WX_GENERATION > out";
  prepare();
  const int hold = ::open((app().state() + "/hold").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::flock(hold, LOCK_EX), 0);
  app().start_later(app().entry());
  sleep_ms(150);
  EXPECT_FALSE(file_exists(app().file("cwd/out")));
  app().write_generation();
  ::close(hold);
  ASSERT_TRUE(ended(app().entry()));
  EXPECT_EQ(file_content(app().file("cwd/out")), "2\n");
}

TEST_F(Router, LetsTheHoldGoOnceTheRunHasPinnedItsGeneration) {
  app().blue = wait_for_go();
  prepare();
  app().start_later(app().entry());
  ASSERT_TRUE(begun());
  const int hold = ::open((app().state() + "/hold").c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_TRUE(eventually([&] { return ::flock(hold, LOCK_EX | LOCK_NB) == 0; }));
  ::close(hold);
  const int route = ::open((app().generation_directory() + "/route.json").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_NE(::flock(route, LOCK_EX | LOCK_NB), 0) << "the generation of a run in progress is not deleted";
  go();
  ASSERT_TRUE(ended(app().entry()));
  EXPECT_EQ(::flock(route, LOCK_EX | LOCK_NB), 0);
  ::close(route);
}

TEST_F(Router, HandsOverTheNamedSecretsOnly) {
  app().secrets = {"API_KEY"};
  app().blue = "echo \"$API_KEY/$OTHER\" > out";
  prepare();
  write(app().file("app.secrets"), "OTHER=no\nAPI_KEY=s3cret\n");
  ASSERT_EQ(::chmod(app().file("app.secrets").c_str(), 0600), 0);
  app().start(app().entry());
  EXPECT_EQ(file_content(app().file("cwd/out")), "s3cret/\n");
  EXPECT_EQ(app().ledger_text().find("s3cret"), std::string::npos);

  ASSERT_EQ(::chmod(app().file("app.secrets").c_str(), 0644), 0);
  app().start(app().entry());
  EXPECT_EQ(result("ExecMainStatus"), "126") << "a secret that others can read is not used";
}

class RouterCheck : public Router {
 protected:
  CheckOutcome check(const std::string& script, std::int64_t timeout_ms = 10'000) {
    const auto output = app().state() + "/checks/dry-run.json";
    Ticket ticket{"run-check", app().route.generation, "green", ::getpid(), 0, 0, std::nullopt};
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    ticket.at_monotonic_us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    ticket.check = CheckOrder{
        "dry-run", {"/bin/sh", "-c", script}, app().file("cwd"), {{"WX_CHECK", "yes"}}, timeout_ms, output};
    write(app().state() + "/tickets/green.check", render_ticket(ticket));
    app().start(app().instance("green.check"));
    auto outcome = parse_check_outcome(file_content(output));
    EXPECT_TRUE(outcome);
    return outcome ? *outcome : CheckOutcome{};
  }
};

TEST_F(RouterCheck, MeasuresAProgramAndLeavesNoLineInTheLedger) {
  app().green = "exit 0";
  prepare();
  const auto outcome = check("echo $WX_CHECK $WX_SLOT; echo wrong >&2; exit 4");
  EXPECT_EQ(outcome.exit_status, 4);
  EXPECT_EQ(outcome.tail, "yes green\nwrong\n");
  EXPECT_EQ(outcome.error, "");
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_FALSE(file_exists(app().state() + "/runs.log"));
  EXPECT_FALSE(file_exists(app().state() + "/tickets/green.check"));
}

TEST_F(RouterCheck, EndsAProgramAndItsChildrenAtTheTimeOut) {
  prepare();
  const auto outcome = check("sleep 30 & echo $! > child; sleep 30; true", 200);
  EXPECT_TRUE(outcome.timed_out);
  const auto child = std::atoi(file_content(app().file("cwd/child")).c_str());
  ASSERT_GT(child, 0);
  EXPECT_TRUE(eventually([&] { return ::kill(child, 0) != 0; }));
}

TEST_F(RouterCheck, IsNotStartedByHand) {
  prepare();
  app().start(app().instance("green.check"));
  EXPECT_EQ(app().property(app().instance("green.check"), "ExecMainStatus"), "2");
  EXPECT_FALSE(file_exists(app().state() + "/runs.log"));
}

}  // namespace
}  // namespace wx::test
