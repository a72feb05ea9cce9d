// The engine: drives one rollout from wherever its journal stands to its end.
#pragma once

#include <memory>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/app_lock.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

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
  bool now = false;         // stop a run in progress
  bool by_person = true;  // the command wanted it: its success is exit 0
};
// Undo the rollout in progress. The caller holds the lock.
Result<RolloutView> take_back(RolloutContext& rollout, const TakeBack& request);


}  // namespace wx
