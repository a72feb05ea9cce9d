#include "orchestrator/cli/output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/cli/terminal.hpp"

namespace wx {
namespace {

using testing::HasSubstr;
using testing::Not;

class OutputTest : public testing::Test {
 protected:
  Terminal terminal;
  World& world = terminal.world;
};

TEST_F(OutputTest, AlignsColumnsByCharacters) {
  EXPECT_EQ(table(world, {{"name", "n"}, {"Grüße", "1"}, {"→", "22"}, {"", "3"}}),
            "name   n\n"
            "Grüße  1\n"
            "→      22\n"
            "       3\n");
}

TEST_F(OutputTest, LeavesNoBlanksAtTheEndOfALine) {
  EXPECT_EQ(table(world, {{"a", "long heading"}, {"b", "c"}}), "a  long heading\nb  c\n");
  EXPECT_EQ(table(world, {{"a", "b"}, {"only one"}}), "a         b\nonly one\n");
  EXPECT_EQ(table(world, {}), "");
}

TEST_F(OutputTest, AlignsTheSameInColour) {
  world.options.color = ColorWhen::always;
  EXPECT_EQ(table(world, {{"a", "b"}, {"ccc", "d"}}), "\033[2ma    b\033[0m\nccc  d\n");
}

TEST_F(OutputTest, TellsDurationsShortly) {
  const std::pair<std::int64_t, const char*> rows[] = {
      {0, "0 ms"},          {999, "999 ms"},    {1000, "1.0 s"},      {3449, "3.4 s"},
      {119'949, "119.9 s"}, {120'000, "2 min"}, {5'400'000, "90 min"}};
  for (const auto& [milliseconds, text] : rows) EXPECT_EQ(human_ms(milliseconds), text) << milliseconds;
}

TEST_F(OutputTest, ColoursOnlyWhenWanted) {
  EXPECT_EQ(toned(world, Tone::bad, "x"), "x");
  world.options.color = ColorWhen::always;
  EXPECT_EQ(toned(world, Tone::bad, "x"), "\033[31mx\033[0m");
  EXPECT_EQ(toned(world, Tone::plain, "x"), "x");
}

TEST_F(OutputTest, ShowsTheRemedyOfACheckThatDidNotPass) {
  CheckResult check;
  check.id = "disk";
  check.status = CheckStatus::fail;
  check.message = "too little";
  check.remedy = "clean up";
  EXPECT_EQ(check_line(world, check),
            "  fail disk            too little\n                       -> clean up");
  check.status = CheckStatus::pass;
  EXPECT_THAT(check_line(world, check), Not(HasSubstr("clean up")));
  check.id = "a-check-with-a-long-id";
  EXPECT_THAT(check_line(world, check), HasSubstr("a-check-with-a-long-id too little"));
}

TEST_F(OutputTest, ReportsAnErrorOnStderrWithItsRemedy) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const int exit = report(world, Error{Code::busy, "somebody else is at work", "wait"});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "wxctl: somebody else is at work\n       wait\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(exit, 5);
}

TEST_F(OutputTest, AsksToReportABug) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(report(world, Error{Code::bug, "this cannot be"}), 70);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("please report it"));
}

}  // namespace
}  // namespace wx
