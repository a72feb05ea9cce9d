// The exit table: the one place where the statuses of `wxctl` and their meanings stand.
// `wxctl --help`, the README and every error code are checked against it by tests.
#pragma once

#include <array>
#include <string_view>

namespace wx {

enum class ExitStatus : int {
  done = 0,
  failed = 1,
  bad_input = 2,
  undecided = 3,
  environment = 4,
  busy = 5,
  person_needed = 6,
  bug = 70,
  interrupted = 130,
};

struct ExitRow {
  ExitStatus status;
  std::string_view meaning;
};

inline constexpr std::array exit_table{
    ExitRow{ExitStatus::done, "done; healthy; promoted; also: the wanted state was there already"},
    ExitRow{ExitStatus::failed, "it failed, and the host is as before; also: it cannot be (nothing to roll back to)"},
    ExitRow{ExitStatus::bad_input, "bad usage or bad input: nothing done"},
    ExitRow{ExitStatus::undecided, "no decision, or it waits for a person"},
    ExitRow{ExitStatus::environment,
            "the environment is not there (no manager, no permission, no store, no space): nothing done"},
    ExitRow{ExitStatus::busy, "busy: somebody else's rollout or command is at work"},
    ExitRow{ExitStatus::person_needed, "a person is needed now: a rollback could not be completed or verified"},
    ExitRow{ExitStatus::bug, "a bug in wxctl; the message says what to report"},
    ExitRow{ExitStatus::interrupted, "interrupted: the rollout goes on without you"},
};

constexpr int to_int(ExitStatus status) { return static_cast<int>(status); }

}  // namespace wx
