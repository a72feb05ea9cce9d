// What hooks are told of a rollout, read from its journal alone. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/domain/variables.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

struct HookEvent {
  std::size_t record = 0;  // index of the journal's record that made it
  std::string event;       // phase, notify or test
  std::string previous;    // the phase before
  RolloutView view;        // as of then
  WallTime at{};
};

// Of a rollout: each change of phase and each notify step, oldest first.
std::vector<HookEvent> hook_events(const Plan& plan, const std::vector<JournalRecord>& records);
// Apply one more record to the view: true when it makes an event.
bool advance(RolloutView& view, const JournalRecord& record);
// One JSON document in a line: what a command reads and what is posted.
std::string render_event(const HookEvent& event, const Manifest& manifest);
// What texts of a hook may use.
Variables event_variables(const HookEvent& event, const Layout& layout);

}  // namespace wx
