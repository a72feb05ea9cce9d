// How a run ended, from what systemd says about its unit, and how the entry passes it on. Pure.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/routing/ledger_lines.hpp"

namespace wx {

// How a process of ours ends: by a signal when `signal` is not 0, else with the status.
struct Ending {
  int exit_status = 0;
  int signal = 0;
};

inline constexpr int timeout_exit_status = 124;

// The properties of the instance when its job has ended.
struct UnitOutcome {
  std::string job;     // JobRemoved's word: done, failed, timeout, canceled, dependency, skipped ...
  std::string result;  // Result=
  int code = 0;        // ExecMainCode: CLD_EXITED, CLD_KILLED, CLD_DUMPED, 0 when nothing ran
  int status = 0;      // ExecMainStatus
};

struct RunOutcome {
  std::string result;  // a word of the ledger
  std::optional<int> exit_status;
  Ending ending;
};

RunOutcome judge(const UnitOutcome& unit);

// For a unit that systemd has forgotten already: the word of its job and what `exec` recorded.
RunOutcome judge_by_record(const std::string& job, const std::optional<RanLine>& ran);

}  // namespace wx
