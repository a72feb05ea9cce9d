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
  std::size_t ended = 0;   // finished runs of the slot
  std::size_t failed = 0;  // of these
  std::string message;
};

struct SoakQuestion {
  const StepSpec& step;
  Slot slot;
  bool active;  // after the cutover: the first failed run decides; before it, the second whose peer succeeded
  WallTime started{};
  WallTime now{};
  Micros program_timeout{};
};

SoakView judge_soak(const SoakQuestion& question, const std::vector<Run>& runs);

}  // namespace wx
