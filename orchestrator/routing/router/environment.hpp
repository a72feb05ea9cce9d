// The environment of a run: what the unit gives, the run's own, its secrets, and nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/routing/router/app_paths.hpp"

namespace wx {

class Environment {
 public:
  // What this process was given.
  static Environment inherited();

  void set(std::string_view key, std::string_view value);
  // Lines of KEY=VALUE; empty lines and comments (#) are passed over.
  void set_lines(std::string_view text);
  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }

 private:
  std::vector<std::string> entries_;  // KEY=VALUE
};

// Inherited, then generations/N/SLOT/env, then the secrets that `run` names. Errors name files and keys,
// never values: a secrets file that others can read is `permission`.
Result<Environment> environment_of(const AppPaths& paths, std::uint64_t generation, const SlotRun& run);

}  // namespace wx
