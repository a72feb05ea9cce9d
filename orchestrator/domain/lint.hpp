// What a person can get wrong in a playbook, found before anything runs. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/domain/expected_runs.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/domain/playbook.hpp"

namespace wx {

enum class Severity { warning, error };
std::string_view to_string(Severity severity);

struct Complaint {
  Severity severity = Severity::error;
  yaml::Mark place;
  std::string message;
  std::string remedy;
};

// What is known besides the playbook: the more is known, the more is found.
struct LintScope {
  const Manifest* manifest = nullptr;
  std::vector<std::string> known_checks;  // ids that a gate may name; empty: any
  std::optional<Cadence> cadence;         // of the app's timer
  bool first = false;                     // no version is active yet
};

// An error is what can never finish, what has no way back and what means nothing; a warning is what is hardly
// meant. In the order of the file.
std::vector<Complaint> lint(const Playbook& playbook, const LintScope& scope);

// Ok when none is an error, else `invalid` with all errors, one line each.
Status refusal_of(const std::vector<Complaint>& complaints);

}  // namespace wx
