// Runs a program of a release as systemd would run the release itself: in an instance of the app's template
// (NAME@SLOT.check), with the same user, sandbox, credentials and cgroup, never in the engine's own process.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/check_result.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/routing/ticket.hpp"

namespace wx {

// The slot and the generation that a check looks at.
struct CheckTarget {
  Ports& ports;
  const Layout& layout;
  const Manifest& manifest;
  const Generation& generation;
  std::uint64_t number;  // of the generation
  Slot slot;
  std::function<Status()> pulse = [] { return Status{}; };  // called while a check runs
};

// Run `argv` (variables expanded here) in the check unit of the target's slot; `unavailable` when the unit
// could not be run.
Result<CheckOutcome> run_in_check_unit(const CheckTarget& target, const std::string& id,
                                       const std::vector<std::string>& argv, Micros timeout);

// A check that the manifest defines.
CheckResult run_manifest_check(const CheckTarget& target, const CheckSpec& spec);

// First line of `program.version`, trimmed; none when the manifest has no such command.
Result<std::optional<std::string>> ask_version(const CheckTarget& target);

}  // namespace wx
