// What is wrong with an app on this host, from evidence: units, timer, ledger, leases, disk, clock, store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/engine/builtin_checks.hpp"

namespace wx {

struct DoctorScope {
  const BuiltinScope& app;
  std::optional<std::string> forsaken;  // a rollout in progress that nobody is at work on
};

// A row for each thing looked at: each that is wrong has one command that cures it, or shows more where no
// command can cure it. Looks only.
std::vector<CheckResult> doctor_checks(const DoctorScope& scope);

}  // namespace wx
