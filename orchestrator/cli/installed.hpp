// What is deployed for an app right now, read once.
#pragma once

#include <optional>

#include "orchestrator/cli/world.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

struct Installed {
  Layout layout;
  std::optional<Generation> generation;  // none: nothing was ever switched on
  std::uint64_t number = 0;
  std::optional<Manifest> manifest;         // of the active slot, else of the rollout in progress
  bool manager = false;                     // it answers
  std::optional<RolloutView> last_rollout;  // the one in progress, else the newest
  bool unattended = false;                  // it is in progress and nobody is at work on it
};

// Takes no lock. `invalid` when no app can be chosen, `unavailable` when the manager is away.
Result<Installed> read_installed(const World& world);

}  // namespace wx
