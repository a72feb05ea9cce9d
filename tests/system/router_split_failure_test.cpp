// wxctl-router on a real user manager: what becomes of a split when something is broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/system/split_fixture.hpp"

namespace wx::test {
namespace {

// Whether or not the route makes failures good: nothing of the candidate ran.
class CandidateThatCannotBeStarted : public RouterSplit {
 protected:
  void SetUp() override {
    RouterSplit::SetUp();
    if (IsSkipped()) return;
    app().route.fallback = false;
    app().green = "touch ran";
    prepare();
  }
  void expect_the_active_slot_instead() {
    app().start(app().entry());
    ASSERT_EQ(runs().size(), 2U) << app().ledger_text();
    expect_made_good(run(0), run(1));
    EXPECT_EQ(run(0).result, "failure");
    EXPECT_TRUE(run(1).degraded);
    EXPECT_FALSE(file_exists(app().file("cwd/ran")));
    app().start(app().entry());
    EXPECT_EQ(run(2).position, 1U);
    expect_exact();
  }
};

TEST_F(CandidateThatCannotBeStarted, IsReplacedWhenItsUnitIsBad) {
  app().write_drop_in(Slot::green, "[Service]\nType=nonsense\nExecStart=\n");
  expect_the_active_slot_instead();
}

TEST_F(CandidateThatCannotBeStarted, IsReplacedWhenItsProgramIsMissing) {
  app().write_drop_in(Slot::green, "[Service]\nExecStart=\nExecStart=/nonexistent/wxctl-router\n");
  expect_the_active_slot_instead();
}

TEST_F(CandidateThatCannotBeStarted, IsReplacedWhenItsDependencyFails) {
  app().write_drop_in(Slot::green, "[Unit]\nRequires=nonexistent-" + app().entry() + "\n");
  expect_the_active_slot_instead();
}

TEST_F(RouterSplit, RunsTheActiveSlotWhenTheCandidatesRunCannotBeRead) {
  prepare();
  write(app().generation_directory() + "/green/run.json", "{\"format\":1,");
  app().start(app().entry());
  expect_active_without_a_place();
}

TEST_F(RouterSplit, RunsTheActiveSlotWhenAPlaceCannotBeStored) {
  prepare();
  std::filesystem::create_directories(app().state() + "/blocks.json/x");
  app().start(app().entry());
  expect_active_without_a_place();
}

TEST_F(RouterSplit, RunsTheActiveSlotWhenNothingCanBeRecorded) {
  app().blue = "echo blue > out";
  app().green = "echo green > out";
  prepare();
  std::filesystem::create_directory(app().state() + "/runs.log");
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  EXPECT_EQ(file_content(app().file("cwd/out")), "blue\n");
}

TEST_F(RouterSplit, RunsTheActiveSlotWhenNoTicketCanBeWritten) {
  app().blue = "echo blue > out";
  app().green = "echo green > out";
  prepare();
  std::filesystem::remove_all(app().state() + "/tickets");
  app().start(app().entry());
  EXPECT_EQ(result("Result"), "success");
  EXPECT_EQ(file_content(app().file("cwd/out")), "blue\n");
}

TEST_F(RouterSplit, RunsTheActiveSlotItselfWithoutAManager) {
  app().entry_extra = "Environment=XDG_RUNTIME_DIR=/nonexistent\n";
  prepare();
  app().start(app().entry());
  expect_active_without_a_place();
}

TEST_F(RouterSplit, WorksOverTheManagersPrivateSocket) {
  const auto runtime = app().file("runtime");
  std::filesystem::create_directories(runtime);
  std::filesystem::create_symlink(std::string(std::getenv("XDG_RUNTIME_DIR")) + "/systemd",
                                  runtime + "/systemd");
  app().green = "exit 9";
  app().entry_extra = "Environment=XDG_RUNTIME_DIR=" + runtime + "\n";
  prepare();
  app().start(app().entry());
  expect_made_good(run(0), run(1));
}

TEST_F(RouterSplit, MakesAFailureGoodOverANewConnection) {
  app().green = wait_for_go() + "; exit 9";
  prepare();
  app().start_later(app().entry());
  ASSERT_TRUE(begun());
  wx::test::run({"systemctl", "--user", "restart", "dbus.service"});
  sleep_ms(100);
  go();
  ASSERT_TRUE(ended(app().entry()));
  ASSERT_EQ(runs().size(), 2U) << app().ledger_text();
  expect_made_good(run(0), run(1));
}

}  // namespace
}  // namespace wx::test
