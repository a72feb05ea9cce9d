// The engine: drives one rollout from wherever its journal stands to its end.
#pragma once

#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/app_lock.hpp"
#include "orchestrator/engine/open_rollout.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

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
