// Backups: b-<UTC time>-<4 hex>, a directory with release, config, manifest, units, state, and the hashes of
// all of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

struct BackupInfo {
  std::string id;
  std::string path;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  bool verified = false;  // its hashes were compared just now
  std::string release;    // of the active slot then
  std::string version;
  std::string created;  // RFC 3339
};

class Backups {
 public:
  Backups(Ports& ports, const Layout& layout) : ports_(ports), layout_(layout) {}

  // Back up the active slot. Waits at most `drain` for the run in progress to end, holding activations
  // meanwhile, so that the state is of one piece; `pulse` is called while it waits and may end that. `impossible` when nothing is
  // deployed.
  Result<BackupInfo> create(Micros drain, const std::function<Status()>& pulse = [] { return Status{}; });
  // Newest first.
  Result<std::vector<BackupInfo>> list();
  // Hash everything again; `failed` naming the first file that is missing, new or changed. not_found for an
  // unknown id.
  Result<BackupInfo> verify(const std::string& id);

 private:
  Status copy_state(const std::string& directory, Slot slot, const std::string& unit, Micros drain,
                    const std::function<Status()>& pulse);
  Ports& ports_;
  const Layout& layout_;
};

}  // namespace wx
