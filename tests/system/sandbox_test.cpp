// The sandbox against the real systemd of this machine. What must not be left behind is looked for by a mark
// in the command line, so that other sandboxes may run at the same time.
#include "orchestrator/sandbox/sandbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <list>
#include <set>
#include <sstream>
#include <thread>

#include "tests/system/child.hpp"
#include "tests/testkit/temp_directory.hpp"

namespace wx::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> sandboxed(const std::vector<std::string>& command) {
  std::vector<std::string> argv{WX_SANDBOX_PROGRAM, "--"};
  argv.insert(argv.end(), command.begin(), command.end());
  return argv;
}

Finished run_sandboxed(const std::vector<std::string>& command, const std::string& input = {}) {
  return run(sandboxed(command), input);
}

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool some_process_has(const std::string& mark) {
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone))
    if (content(entry.path() / "cmdline").find(mark) != std::string::npos) return true;
  return false;
}

bool comes_true(const auto& condition) {
  for (int attempt = 0; attempt < 400; ++attempt) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

std::string cgroup2_mount() {
  std::ifstream mounts("/proc/self/mounts");
  std::string device, target, type, rest;
  while (mounts >> device >> target >> type && std::getline(mounts, rest))
    if (type == "cgroup2") return target;
  return {};
}

bool cgroup_of_sandbox_exists(int pid) {
  const auto prefix = "wxctl-sandbox-" + std::to_string(pid) + "-";
  for (const auto& entry : std::filesystem::directory_iterator(cgroup2_mount()))
    if (entry.path().filename().string().starts_with(prefix)) return true;
  return false;
}

// A number of seconds that only one test of one process sleeps.
std::string mark() {
  static int count = 0;
  return "1000." + std::to_string(::getpid()) + std::to_string(++count);
}

class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "a sandbox needs root for now";
  }
};

TEST_F(Sandbox, PassesOnTheExitStatusOfTheCommand) {
  EXPECT_EQ(run_sandboxed({"true"}).status, 0);
  EXPECT_EQ(run_sandboxed({"sh", "-c", "exit 7"}).status, 7);
}

TEST_F(Sandbox, TellsTheSignalThatTheCommandDiedOf) {
  EXPECT_EQ(run_sandboxed({"sh", "-c", "kill -KILL $$"}).status, 128 + SIGKILL);
}

TEST_F(Sandbox, TellsACommandThatDoesNotExistFromOneThatCannotBeExecuted) {
  const auto absent = run_sandboxed({"no-such-command"});
  EXPECT_EQ(absent.status, 127);
  EXPECT_THAT(absent.errors, HasSubstr("no-such-command"));
  EXPECT_EQ(run_sandboxed({"/etc/passwd"}).status, 126);
}

TEST_F(Sandbox, PassesStandardInputAndOutputThrough) {
  const std::string input(200'000, 'x');
  EXPECT_EQ(run_sandboxed({"cat"}, input).output, input);
}

TEST_F(Sandbox, HasARunningUserManager) {
  const auto state = run_sandboxed({"systemctl", "--user", "is-system-running"});
  EXPECT_EQ(state.output, "running\n");
  EXPECT_EQ(state.status, 0);
}

TEST_F(Sandbox, AnswersOnTheSessionBusAtOnce) {
  const auto answer =
      run_sandboxed({"busctl", "--user", "get-property", "org.freedesktop.systemd1",
                     "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "SystemState"});
  EXPECT_EQ(answer.output, "s \"running\"\n") << answer.errors;
}

TEST_F(Sandbox, JournalsTheOutputOfUnitsUnderTheirNames) {
  // The unit lives for a moment: journald cannot tell the unit of a process that has gone already.
  const auto log = run_sandboxed({"sh", "-c",
                                  "systemd-run --user --wait -q -u demo sh -c 'echo hello; sleep 0.2' &&"
                                  " journalctl -q -o cat _SYSTEMD_USER_UNIT=demo.service _TRANSPORT=stdout"});
  EXPECT_EQ(log.output, "hello\n") << log.errors;
}

TEST_F(Sandbox, AccountsTheProcessorTimeOfUnits) {
  const auto shown =
      run_sandboxed({"sh", "-c",
                     "systemd-run --user -q -u demo -p RemainAfterExit=yes sh -c 'seq 20000 >/dev/null';"
                     " systemctl --user show -P CPUUsageNSec demo.service"});
  EXPECT_THAT(shown.output, testing::MatchesRegex("[0-9]+\n"));
}

TEST_F(Sandbox, StartsWithAnEmptyHome) {
  EXPECT_EQ(run_sandboxed({"sh", "-c", "ls -A \"$HOME\" | wc -l"}).output, "0\n");
}

TEST_F(Sandbox, KeepsItsHomeOnRequestAndSaysWhereItIs) {
  auto argv = sandboxed({"sh", "-c", "echo kept >\"$HOME/file\"; echo \"$HOME\""});
  argv.insert(argv.begin() + 1, "--keep");
  const auto finished = run(argv);
  const auto home = finished.output.substr(0, finished.output.find('\n'));
  EXPECT_THAT(finished.errors, HasSubstr(home));
  EXPECT_EQ(content(home + "/file"), "kept\n");
  std::filesystem::remove_all(home);
}

TEST_F(Sandbox, SharesWorkingDirectoryAndTemporaryFilesWithTheHost) {
  const testkit::TempDirectory directory;
  const auto file = directory.path() + "/from-inside";
  const auto finished = run_sandboxed({"sh", "-c", "pwd; echo seen >" + file});
  EXPECT_EQ(finished.output, std::filesystem::current_path().string() + "\n");
  EXPECT_EQ(content(file), "seen\n");
}

TEST_F(Sandbox, GivesTheEnvironmentToTheCommandAndACleanOneToTheManager) {
  ::setenv("WX_TEST_VARIABLE", "passed on", 1);
  ::setenv("XDG_CONFIG_HOME", "/elsewhere", 1);
  const auto inside = run_sandboxed({"sh", "-c",
                                     "echo \"$WX_TEST_VARIABLE,${XDG_CONFIG_HOME-unset},$WXCTL_SANDBOX\";"
                                     " systemctl --user show-environment"});
  ::unsetenv("WX_TEST_VARIABLE");
  ::unsetenv("XDG_CONFIG_HOME");
  EXPECT_THAT(inside.output, StartsWith("passed on,unset,1\n"));
  EXPECT_THAT(inside.output, testing::Not(HasSubstr("WX_TEST_VARIABLE")));
}

TEST_F(Sandbox, RunsTheStopCommandsOfUnitsAtTheEnd) {
  const testkit::TempDirectory directory;
  const auto file = directory.path() + "/stopped";
  run_sandboxed(
      {"systemd-run", "--user", "-q", "-p", "RemainAfterExit=yes", "-p", "ExecStop=touch " + file, "true"});
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(Sandbox, RunsInsideItself) {
  const auto nested = run_sandboxed(sandboxed({"sh", "-c", "systemctl --user is-system-running; exit 7"}));
  EXPECT_EQ(nested.output, "running\n") << nested.errors;
  EXPECT_EQ(nested.status, 7);
}

TEST_F(Sandbox, StandsBesideOthers) {
  std::list<Child> children;
  for (int i = 0; i < 4; ++i)
    children.emplace_back(
        sandboxed({"sh", "-c", "systemctl --user is-system-running >&2 && cat /etc/machine-id"}));
  std::set<std::string> machines;
  for (auto& child : children) {
    const auto finished = child.finish();
    EXPECT_EQ(finished.errors, "running\n");
    machines.insert(finished.output);
  }
  EXPECT_EQ(machines.size(), 4U);
}

class SandboxEnd : public Sandbox, public testing::WithParamInterface<int> {};

TEST_P(SandboxEnd, ByASignalLeavesNothing) {
  const auto mounts_before = content("/proc/self/mountinfo");
  const auto seconds = mark();
  Child outer(sandboxed({"sh", "-c", "echo started; exec sleep " + seconds}));
  ASSERT_EQ(outer.read_line(), "started");
  const int pid = outer.pid();
  outer.signal(GetParam());
  EXPECT_EQ(outer.finish().status, 128 + GetParam());
  EXPECT_TRUE(comes_true([&] { return !some_process_has(seconds); }));
  // A killed one cannot remove its cgroup directory: the next start does.
  EXPECT_EQ(run_sandboxed({"true"}).status, 0);
  EXPECT_FALSE(cgroup_of_sandbox_exists(pid));
  EXPECT_EQ(content("/proc/self/mountinfo"), mounts_before);
}

INSTANTIATE_TEST_SUITE_P(Signals, SandboxEnd, testing::Values(SIGINT, SIGTERM, SIGHUP, SIGKILL));

TEST_F(Sandbox, GivesTheCommandTheSignalToAnswer) {
  Child outer(sandboxed({"sh", "-c", "trap 'exit 9' TERM; echo started; while :; do sleep 0.02; done"}));
  ASSERT_EQ(outer.read_line(), "started");
  outer.signal(SIGTERM);
  EXPECT_EQ(outer.finish().status, 9);
}

TEST_F(Sandbox, SaysWhyItCannotStart) {
  testing::internal::CaptureStderr();
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(::setuid(65534) == 0 ? sandbox::run_sandbox({.argv = {"true"}}) : 99);
  int status = 0;
  ::waitpid(pid, &status, 0);
  const auto errors = testing::internal::GetCapturedStderr();
  EXPECT_EQ(WEXITSTATUS(status), 125);
  EXPECT_THAT(errors, HasSubstr("root"));
  EXPECT_THAT(errors, HasSubstr("remedy"));
}

}  // namespace
}  // namespace wx::test
