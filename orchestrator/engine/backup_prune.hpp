// Removes backups by a retention policy.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/domain/retention.hpp"
#include "orchestrator/engine/backup.hpp"

namespace wx {

struct PrunedBackup {
  BackupInfo backup;
  std::string stays_because;  // empty: removed
};

// Newest first. What a rollback may need stays: the newest backup of each release in a slot, and the newest
// whose hashes are right. `failed` when none is, and then nothing is removed. With `only_tell` nothing is in
// any case. A kill leaves each backup whole or gone. The caller holds the app's lock.
Result<std::vector<PrunedBackup>> prune_backups(Ports& ports, const Layout& layout,
                                                const Retention& retention, bool only_tell);

}  // namespace wx
