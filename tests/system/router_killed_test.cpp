// wxctl-router on a real user manager, killed before each system call that changes something.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "tests/system/split_fixture.hpp"

namespace wx::test {
namespace {

constexpr std::array changing_calls{
    SYS_fdatasync, SYS_flock,   SYS_fsync,  SYS_pwrite64, SYS_renameat,
    SYS_renameat2, SYS_sendmsg, SYS_sendto, SYS_unlinkat, SYS_write,
#ifdef SYS_rename
    SYS_rename,    SYS_unlink,
#endif
};
constexpr int cannot_trace = 77;

enum class End { killed, survived, not_traced };

[[noreturn]] void become_traced(const std::string& router, const std::string& data) {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nowhere, STDERR_FILENO);
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(cannot_trace);
  ::execl(router.c_str(), router.c_str(), "--root", data.c_str(), nullptr);
  ::_exit(cannot_trace);
}

// The system call that a stopped process is about to make.
std::optional<long> next_call(pid_t pid) {
  __ptrace_syscall_info info{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY)
    return std::nullopt;
  return static_cast<long>(info.entry.nr);
}

// One activation that dies before its changing call `number`, if it comes so far.
End activate_until(const std::string& router, const std::string& data, int number) {
  const auto pid = ::fork();
  if (pid == 0) become_traced(router, data);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!WIFSTOPPED(status)) return End::not_traced;
  ::ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  int passed_on = 0;
  for (int count = 0;;) {
    ::ptrace(PTRACE_SYSCALL, pid, nullptr, passed_on);
    ::waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) return End::survived;
    const bool at_a_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
    passed_on = at_a_call ? 0 : WSTOPSIG(status);
    const auto call = at_a_call ? next_call(pid) : std::nullopt;
    if (!call || std::find(changing_calls.begin(), changing_calls.end(), *call) == changing_calls.end())
      continue;
    if (count++ < number) continue;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
    return End::killed;
  }
}

// Some seconds: each of its system calls costs an activation.
TEST_F(RouterSplit, StaysExactWhereverItsRouterIsKilled) {
  app().blue = "echo blue >> log";
  app().green = "echo green >> log; exit 9";
  prepare();
  finish_a_block();     // so that the ledger knows where all that follows began
  int activations = 4;  // with those that are not killed
  int killed = 0;
  int survived_in_a_row = 0;
  for (int number = 0; survived_in_a_row < 4; ++number, ++activations) {
    const auto end = activate_until(app().router, app().data(), number);
    if (end == End::not_traced) GTEST_SKIP() << "processes cannot be traced here";
    killed += end == End::killed ? 1 : 0;
    survived_in_a_row = end == End::killed ? 0 : survived_in_a_row + 1;
    for (const auto* slot : {"blue", "green"}) ASSERT_TRUE(ended(app().instance(slot)));
  }
  EXPECT_GT(killed, 20);
  finish_a_block();
  expect_exact();

  int executed = 0;
  for (const auto c : file_content(app().file("cwd/log"))) executed += c == '\n' ? 1 : 0;
  const auto all = runs();
  const auto begun =
      std::count_if(all.begin(), all.end(), [](const auto& run) { return run.result != "lost"; });
  EXPECT_EQ(executed, begun) << app().ledger_text();
  const auto fallbacks = std::count_if(all.begin(), all.end(), [](const auto& run) { return run.fallback; });
  EXPECT_LE(begun - fallbacks, activations) << "no tick is run twice";
  EXPECT_GE(begun - fallbacks, activations - killed) << "none is lost but those that were killed";
}

}  // namespace
}  // namespace wx::test
