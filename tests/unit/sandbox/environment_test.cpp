#include "orchestrator/sandbox/environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx::sandbox {
namespace {

using testing::Contains;
using testing::Not;
using testing::StartsWith;

TEST(SandboxEnvironment, PassesTheCallersVariablesOnToTheCommand) {
  EXPECT_THAT(command_environment({"MET_OFFICE_API_KEY=k", "EMPTY="}, "/h"),
              testing::IsSupersetOf({"MET_OFFICE_API_KEY=k", "EMPTY="}));
}

TEST(SandboxEnvironment, ReplacesWhatNamesTheHostsDirectoriesAndBus) {
  const auto result =
      command_environment({"HOME=/root", "XDG_RUNTIME_DIR=/run/user/1", "DBUS_SESSION_BUS_ADDRESS=x"}, "/h");
  EXPECT_THAT(result, Contains("HOME=/h"));
  EXPECT_THAT(result, Not(Contains("HOME=/root")));
  EXPECT_THAT(result, Not(Contains("XDG_RUNTIME_DIR=/run/user/1")));
  EXPECT_THAT(result, Not(Contains("DBUS_SESSION_BUS_ADDRESS=x")));
}

TEST(SandboxEnvironment, HidesTheManagerThatTheCallerRunsUnder) {
  const auto result = command_environment(
      {"XDG_CONFIG_HOME=/c", "NOTIFY_SOCKET=/n", "INVOCATION_ID=1", "JOURNAL_STREAM=2"}, "/h");
  for (const auto* name : {"XDG_CONFIG_HOME=", "NOTIFY_SOCKET=", "INVOCATION_ID=", "JOURNAL_STREAM="})
    EXPECT_THAT(result, Not(Contains(StartsWith(name))));
}

TEST(SandboxEnvironment, TakesNamesAsAWhole) {
  EXPECT_THAT(command_environment({"HOMEPAGE=here"}, "/h"), Contains("HOMEPAGE=here"));
}

TEST(SandboxEnvironment, TellsCommandAndUnitsThatTheyAreInASandbox) {
  EXPECT_THAT(command_environment({}, "/h"), Contains("WXCTL_SANDBOX=1"));
  EXPECT_THAT(manager_environment("/h"), Contains("WXCTL_SANDBOX=1"));
}

}  // namespace
}  // namespace wx::sandbox
