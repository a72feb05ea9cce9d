// The checks that every app has, whatever its manifest defines.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/engine/check_runner.hpp"
#include "orchestrator/engine/run_log.hpp"

namespace wx {

struct CheckDescription {
  std::string id;
  std::string title;
};

// In the order in which they are shown.
const std::vector<CheckDescription>& builtin_checks();

struct BuiltinScope {
  CheckTarget target;  // the active slot
  RunLog& runs;
  WallTime since;  // how far back errors and runs matter
  bool rolling;    // a rollout is in progress
};

// `id` is one of builtin_checks().
CheckResult run_builtin_check(const BuiltinScope& scope, const std::string& id);

}  // namespace wx
