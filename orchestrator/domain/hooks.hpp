// Hooks of the manifest: who is told of each change of phase. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "common/yaml/document.hpp"

namespace wx {

struct HookSpec {
  std::vector<std::string> exec;    // one of exec: a command that reads the event on its standard input,
  std::string webhook_file;         // or a file (0600) with the address that the event is posted to
  std::vector<std::string> phases;  // told of these only; empty: of all
  Micros timeout{10'000'000};       // of one attempt, at most hook_longest

  // How it is named to people; never the address of a webhook.
  [[nodiscard]] std::string name() const;
  // Is it told of this phase?
  [[nodiscard]] bool wants(const std::string& phase) const;
};

inline constexpr Micros hook_longest{300'000'000};

// The phases that a rollout can be in.
const std::vector<std::string>& phase_names();
// What texts of a hook may use.
const std::vector<std::string>& hook_variables();

// The value of `hooks:`. What is wrong is added to `problems`, each with its place.
std::vector<HookSpec> parse_hooks(const yaml::Node& node, yaml::Problems& problems);

}  // namespace wx
