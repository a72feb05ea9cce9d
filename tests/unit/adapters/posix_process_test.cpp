#include "common/adapters/posix_process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "tests/testkit/child.hpp"
#include "tests/testkit/temp_directory.hpp"

namespace wx {
namespace {

using ::testing::HasSubstr;

// The scripts are only for the tests: the adapter knows no shell.
ProcessRequest script(const std::string& text) {
  ProcessRequest request;
  request.argv = {"/bin/sh", "-c", text};
  request.environment = {{"PATH", "/usr/bin:/bin"}};
  return request;
}

class PosixProcess : public ::testing::Test {
 protected:
  std::unique_ptr<Process> process_ = make_posix_process();
  testkit::TempDirectory root_;
};

TEST_F(PosixProcess, TellsExitStatusAndOutputOfBothStreamsInOrder) {
  const auto outcome = process_->run(script("echo one; echo two >&2; echo three; exit 7"));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->exit_status, 7);
  EXPECT_EQ(outcome->signal, 0);
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_EQ(outcome->output, "one\ntwo\nthree\n");
  EXPECT_GT(outcome->duration, Micros{0});
}

TEST_F(PosixProcess, TellsTheSignalThatEndedIt) {
  const auto outcome = process_->run(script("kill -TERM $$")).value();
  EXPECT_EQ(outcome.signal, SIGTERM);
  EXPECT_FALSE(outcome.timed_out);
}

TEST_F(PosixProcess, PassesArgumentsOnAsTheyAre) {
  ProcessRequest request;
  request.argv = {"/usr/bin/printf", "<%s>", "a b", "", "*", "$HOME", "it's", "\n"};
  EXPECT_EQ(process_->run(request)->output, "<a b><><*><$HOME><it's><\n>");
}

TEST_F(PosixProcess, GivesTheWholeEnvironmentAndNoMore) {
  ::setenv("WX_TEST_OF_OURS", "leaked", 1);
  ProcessRequest request;
  request.argv = {"/usr/bin/env"};
  request.environment = {{"A", "1"}, {"B", "x=y z"}};
  EXPECT_EQ(process_->run(request)->output, "A=1\nB=x=y z\n");
  ::unsetenv("WX_TEST_OF_OURS");
}

TEST_F(PosixProcess, RunsInTheDirectoryThatWasAskedFor) {
  ProcessRequest request;
  request.argv = {"/bin/pwd"};
  request.directory = root_.path();
  EXPECT_EQ(process_->run(request)->output, root_.path() + "\n");
  request.directory = root_ / "absent";
  const auto outcome = process_->run(request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::not_found);
  EXPECT_THAT(outcome.error().message, HasSubstr(request.directory));
}

TEST_F(PosixProcess, GivesTheInputOrNothing) {
  auto request = script("cat");
  EXPECT_EQ(process_->run(request)->output, "");
  request.input = std::string("a\0b", 3);
  EXPECT_EQ(process_->run(request)->output, request.input);
}

TEST_F(PosixProcess, IsNotHeldUpByInputThatNobodyReads) {
  auto request = script("exit 0");
  request.input = std::string(1 << 20, 'x');
  EXPECT_EQ(process_->run(request)->exit_status, 0);
}

TEST_F(PosixProcess, MovesMegabytesInAndOutAtTheSameTime) {
  auto request = script("cat");
  request.input = std::string(3 << 20, 'x');
  request.max_output_bytes = 4 << 20;
  EXPECT_EQ(process_->run(request)->output, request.input);
}

TEST_F(PosixProcess, KeepsTheLastOfALongOutput) {
  auto request = script("i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done");
  request.max_output_bytes = 12;
  EXPECT_EQ(process_->run(request)->output, "19998\n19999\n");
  request.max_output_bytes = 0;
  EXPECT_EQ(process_->run(request)->output, "");
}

TEST_F(PosixProcess, KillsTheWholeGroupAtTheTimeOutAndKeepsWhatWasSaid) {
  auto request = script("echo begun; sleep 1000 & echo $! > " + (root_ / "pid") + "; wait");
  request.timeout = Millis{300};
  const auto outcome = process_->run(request).value();
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_EQ(outcome.signal, SIGKILL);
  EXPECT_EQ(outcome.output, "begun\n");
  pid_t grandchild = 0;
  ASSERT_TRUE(std::ifstream(root_ / "pid") >> grandchild);
  // The signal takes effect when the grandchild runs next; it may be a zombie then, whose command line is
  // empty.
  const auto command = [grandchild] {
    std::string text;
    std::ifstream("/proc/" + std::to_string(grandchild) + "/cmdline") >> text;
    return text;
  };
  for (int attempt = 0; attempt < 1000 && !command().empty(); ++attempt)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  EXPECT_EQ(command(), "");
}

TEST_F(PosixProcess, KillsWhatIgnoresSignals) {
  auto request = script("trap '' TERM INT HUP; while :; do :; done");
  request.timeout = Millis{200};
  EXPECT_TRUE(process_->run(request)->timed_out);
}

TEST_F(PosixProcess, DoesNotWaitForADescendantThatKeepsTheOutputOpen) {
  auto request = script("sleep 1000 & echo $!");
  request.timeout = std::chrono::seconds{60};
  const auto outcome = process_->run(request).value();
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(outcome.exit_status, 0);
  ::kill(std::stoi(outcome.output), SIGKILL);
}

TEST_F(PosixProcess, GoesOnWhenTheProgramClosesItsOutput) {
  const auto outcome = process_->run(script("exec >&- 2>&-; sleep 0.1; exit 3")).value();
  EXPECT_EQ(outcome.exit_status, 3);
}

TEST_F(PosixProcess, LeadsAGroupOfItsOwn) {
  const auto outcome = process_->run(script("echo $$; cut -d' ' -f5 /proc/$$/stat")).value();
  const auto end = outcome.output.find('\n');
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(outcome.output.substr(0, end + 1), outcome.output.substr(end + 1));
}

TEST_F(PosixProcess, StartsWithPlainSignalsWhateverOursAre) {
  WX_EXPECT_CHILD([this] {
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGINT);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
    ProcessRequest request;
    request.argv = {"/bin/grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"};
    const auto outcome = process_->run(request);
    EXPECT_TRUE(outcome);
    // 32 and 33 are the C library's own, which nobody else can set; its posix_spawn, hence make, leaves them
    // ignored.
    EXPECT_THAT(outcome->output, ::testing::MatchesRegex("SigBlk:\t0{16}\nSigIgn:\t0{7}[01][08]0{7}\n"));
    return true;
  });
}

TEST_F(PosixProcess, InheritsNoDescriptorButItsStreams) {
  const int leaky = ::open("/dev/null", O_RDONLY);  // as a careless library would
  ASSERT_GE(leaky, 0);
  ProcessRequest request;
  request.argv = {"/bin/ls", "/proc/self/fd"};
  EXPECT_EQ(process_->run(request)->output, "0\n1\n2\n3\n") << "3 is the directory that ls reads";
  ::close(leaky);
}

TEST_F(PosixProcess, WorksWhenOurOwnStreamsAreClosed) {
  WX_EXPECT_CHILD([this] {
    for (int fd = 0; fd < 3; ++fd) ::close(fd);
    auto request = script("cat; echo err >&2");
    request.input = "in\n";
    const auto outcome = process_->run(request);
    EXPECT_TRUE(outcome && outcome->output == "in\nerr\n");
    return true;
  });
}

TEST_F(PosixProcess, FindsProgramsInThePathOfTheGivenEnvironment) {
  std::ofstream(root_ / "wx-probe") << "#!/bin/sh\necho found\n";
  ASSERT_EQ(::chmod((root_ / "wx-probe").c_str(), 0755), 0);
  ProcessRequest request;
  request.argv = {"wx-probe"};
  EXPECT_EQ(process_->run(request).error().code, Code::not_found) << "no PATH at all";
  request.environment = {{"PATH", "/nowhere:" + root_.path()}};
  EXPECT_EQ(process_->run(request)->output, "found\n");
}

TEST_F(PosixProcess, PassesOverRelativeDirectoriesInPath) {
  std::ofstream(root_ / "wx-probe") << "#!/bin/sh\n";
  ASSERT_EQ(::chmod((root_ / "wx-probe").c_str(), 0755), 0);
  ProcessRequest request;
  request.argv = {"wx-probe"};
  request.directory = root_.path();
  request.environment = {{"PATH", ".::" + std::string("bin")}};
  EXPECT_EQ(process_->run(request).error().code, Code::not_found);
}

TEST_F(PosixProcess, TellsAMissingProgramFromOneThatMayNotRun) {
  ProcessRequest request;
  request.argv = {root_ / "absent"};
  const auto absent = process_->run(request);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Code::not_found);
  EXPECT_EQ(absent.error().message, "cannot run " + (root_ / "absent") + ": No such file or directory");
  std::ofstream(root_ / "plain") << "#!/bin/sh\n";
  request.argv = {root_ / "plain"};
  EXPECT_EQ(process_->run(request).error().code, Code::permission);
}

TEST_F(PosixProcess, SaysWhenOnlyTheInterpreterIsMissing) {
  std::ofstream(root_ / "script") << "#!/nowhere/interpreter\n";
  ASSERT_EQ(::chmod((root_ / "script").c_str(), 0755), 0);
  ProcessRequest request;
  request.argv = {root_ / "script"};
  EXPECT_THAT(process_->run(request).error().remedy, HasSubstr("interpreter"));
}

TEST_F(PosixProcess, HandsDamagedProgramsToNoShell) {
  std::ofstream(root_ / "damaged") << "echo this is no program\n";
  ASSERT_EQ(::chmod((root_ / "damaged").c_str(), 0755), 0);
  ProcessRequest request;
  request.argv = {root_ / "damaged"};
  EXPECT_EQ(process_->run(request).error().code, Code::failed);
}

TEST_F(PosixProcess, RefusesWhatItCannotPassOnWhole) {
  ProcessRequest request;
  EXPECT_EQ(process_->run(request).error().code, Code::invalid) << "no name";
  request.argv = {"./here"};
  EXPECT_EQ(process_->run(request).error().code, Code::invalid) << "relative";
  request.argv = {"/bin/true", std::string("a\0b", 3)};
  EXPECT_EQ(process_->run(request).error().code, Code::invalid) << "a NUL in an argument";
  request.argv = {"/bin/true"};
  for (const auto& [name, value] :
       {std::pair<std::string, std::string>{"", "x"}, {"A=B", "x"}, {"A", std::string("\0", 1)}}) {
    request.environment = {{name, value}};
    EXPECT_EQ(process_->run(request).error().code, Code::invalid) << name;
  }
}

TEST_F(PosixProcess, RefusesArgumentsThatTheKernelFindsTooLong) {
  ProcessRequest request;
  request.argv = {"/bin/true", std::string(8 << 20, 'x')};
  const auto outcome = process_->run(request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::invalid);
  EXPECT_LT(outcome.error().message.size(), 200u);
}

TEST_F(PosixProcess, RunsFromManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      for (int j = 0; j < 10; ++j) {
        const auto text = std::to_string(i) + "-" + std::to_string(j);
        auto request = script("cat; exit " + std::to_string(i));
        request.input = text;
        const auto outcome = process_->run(request);
        ASSERT_TRUE(outcome) << outcome.error().message;
        EXPECT_EQ(outcome->output, text);
        EXPECT_EQ(outcome->exit_status, i);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(PosixProcess, RunsProgramsThatWereWrittenWhileOthersWereStarted) {
  // Else a sibling that inherited the descriptor makes the kernel say "text file busy".
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      for (int j = 0; j < 15; ++j) {
        const auto path = root_ / ("program-" + std::to_string(i) + "-" + std::to_string(j));
        const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
        const std::string_view text = "#!/bin/sh\nexit 0\n";
        EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
        ::close(fd);
        ProcessRequest request;
        request.argv = {path};
        const auto outcome = process_->run(request);
        EXPECT_TRUE(outcome) << outcome.error().message;
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(PosixProcess, LeavesNoZombiesAndNoDescriptorsBehind) {
  const auto count_descriptors = [] {
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
  };
  const int before = count_descriptors();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(process_->run(script("exit 0")));
  ProcessRequest absent;
  absent.argv = {"/nowhere/program"};
  ASSERT_FALSE(process_->run(absent));
  EXPECT_EQ(count_descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "there are children left";
}

}  // namespace
}  // namespace wx
