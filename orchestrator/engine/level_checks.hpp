// The checks that hold figures of the last runs, and of what they wrote, against the manifest's limits.
#pragma once

#include "orchestrator/engine/builtin_checks.hpp"

namespace wx {

void check_memory(const BuiltinScope& scope, CheckResult& result);
void check_cpu(const BuiltinScope& scope, CheckResult& result);
void check_duration(const BuiltinScope& scope, CheckResult& result);
void check_uptime(const BuiltinScope& scope, CheckResult& result);
// Is there a point that is young enough?
void check_freshness(const BuiltinScope& scope, CheckResult& result);
// Successful runs that left no point.
void check_loss(const BuiltinScope& scope, CheckResult& result);

}  // namespace wx
