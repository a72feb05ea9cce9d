// What a rollback may go back to besides the predecessor: a release that was active once, or a backup.
#pragma once

#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/deploy.hpp"
#include "orchestrator/engine/generations.hpp"

namespace wx {

struct RollbackTarget {
  SlotSpec spec;
  std::string source;  // directory that holds the release
  std::string state;   // directory that holds the state of a backup; empty for a release
};

// `name` is a backup's id, or the id or version of a release that was active once: the records of rollouts say with which config,
// the newest first. A backup is verified. not_found, with "did you mean"; `failed` when what it needs is gone.
Result<RollbackTarget> find_rollback_target(Ports& ports, const Layout& layout, const std::string& name);

// The rollout that makes it active: install, cutover, confirm. `with_state`: the slot begins with the backup's state.
Result<PreparedRollout> prepare_rollback_to(Ports& ports, const Layout& layout, const RollbackTarget& target,
                                            const std::string& id, const std::string& engine_dir, bool with_state);

}  // namespace wx
