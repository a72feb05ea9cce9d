// Judging a soak: what the runs of the slot under trial say so far. Pure.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/domain/playbook.hpp"
#include "orchestrator/routing/ledger.hpp"

namespace wx {

enum class SoakState { going, passed, failed, insufficient };

struct SoakView {
  SoakState state = SoakState::going;
  std::size_t ended = 0;  // finished runs of the slot within this soak
  std::string message;
};

// After the cutover the first failed run decides. Before it the second one does whose peer succeeded,
// whichever soaks the two fell into, and a soak passes only on a success: at least one, and the newest run.
struct SoakQuestion {
  const StepSpec& step;
  Slot slot;
  bool active;                // the slot has taken over
  WallTime on_trial_since{};  // the candidate's first route; failures since then count on
  WallTime started{};         // this soak
  WallTime now{};
  Micros program_timeout{};
};

SoakView judge_soak(const SoakQuestion& question, const std::vector<Run>& runs);

}  // namespace wx
