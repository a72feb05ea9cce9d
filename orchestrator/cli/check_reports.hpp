// Check results in the formats of CI systems. Pure.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/engine/check_result.hpp"

namespace wx {

// One testsuite, one testcase per check (the JUnit XML that CI systems read).
std::string junit_report(const std::string& suite, const std::vector<CheckResult>& checks);
// Workflow commands of GitHub Actions: ::error title=ID::message, ::warning likewise.
std::string github_annotations(const std::vector<CheckResult>& checks);

}  // namespace wx
