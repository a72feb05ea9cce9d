// Part of a test in a forked child: for what would change the test's own process (its user, its mounts, its
// streams).
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace wx::testkit {

enum class ChildEnd { passed, failed, skipped };

// Runs `body` in a child; failed expectations in it are printed there and make the end `failed`.
// `body` answers false when the machine does not allow what it needs.
template <class Body>
ChildEnd in_child(Body body) {
  std::fflush(nullptr);
  const auto pid = ::fork();
  if (pid == 0) {
    const bool possible = body();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : possible ? 0 : 2);
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return ChildEnd::failed;
  return WEXITSTATUS(status) == 0   ? ChildEnd::passed
         : WEXITSTATUS(status) == 2 ? ChildEnd::skipped
                                    : ChildEnd::failed;
}

// Mounts of the caller's own; false when the kernel refuses them even in a user namespace.
inline bool own_mounts() {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// Give up root, if we have it: permissions do not bind root.
inline bool become_ordinary() {
  constexpr uid_t nobody = 65534;
  return ::geteuid() != 0 ||
         (::setresgid(nobody, nobody, nobody) == 0 && ::setresuid(nobody, nobody, nobody) == 0);
}

}  // namespace wx::testkit

// Ends the test as its child did.
#define WX_EXPECT_CHILD(...)                            \
  switch (::wx::testkit::in_child(__VA_ARGS__)) {       \
    case ::wx::testkit::ChildEnd::passed:               \
      break;                                            \
    case ::wx::testkit::ChildEnd::failed:               \
      FAIL() << "in the child, see above";              \
    case ::wx::testkit::ChildEnd::skipped:              \
      GTEST_SKIP() << "this machine does not allow it"; \
  }
