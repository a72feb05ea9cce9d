// The engine: drives one rollout from wherever its journal stands to its end.
#pragma once

#include <memory>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

// The app's lock, with a note that says who holds it. Code::busy names the holder.
Result<std::unique_ptr<FileLock>> take_app_lock(Ports& ports, const Layout& layout, const std::string& verb, std::int64_t pid,
                                                std::int64_t wait_ms);
struct LockOwner {
  std::int64_t pid = 0;
  std::string verb;
  WallTime since{};
};
// Who wrote the note last; nothing when nobody ever did.
std::optional<LockOwner> lock_owner(FileSystem& files, const Layout& layout);

// The context of a stored rollout. The caller holds the lock.
Result<std::unique_ptr<RolloutContext>> open_rollout(Ports& ports, const Layout& layout, const std::string& id,
                                                     const UnitContext& units);

struct EngineOptions {
  bool stay_paused = true;  // wait for a person in the background; false: end at once with what is known
};

// Go on with it until it ends, or waits for a person and options say not to stay. The caller holds the lock.
Result<RolloutView> drive(RolloutContext& rollout, const EngineOptions& options);

struct TakeBack {
  std::string outcome;  // RolledBack, Aborted
  std::string reason;
  Micros begun{};
  bool verify = true;
  bool by_person = true;  // the command wanted it: its success is exit 0
};
// Undo the rollout in progress. The caller holds the lock.
Result<RolloutView> take_back(RolloutContext& rollout, const TakeBack& request);


}  // namespace wx
