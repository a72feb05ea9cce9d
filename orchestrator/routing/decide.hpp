// Which slot an activation runs, and why it was started: facts in, decision out. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/result.hpp"
#include "orchestrator/routing/blocks.hpp"
#include "orchestrator/routing/ledger.hpp"
#include "orchestrator/routing/route.hpp"

namespace wx {

// Times are CLOCK_MONOTONIC in microseconds, as systemd reports them; 0 is never.
struct TimerFacts {
  bool active = false;
  std::uint64_t last_trigger_us = 0;
  std::uint64_t active_enter_us = 0;
  std::uint64_t accuracy_us = 0;
  std::uint64_t randomized_delay_us = 0;
};

struct ActivationFacts {
  std::optional<TimerFacts> timer;
  std::uint64_t entry_inactive_enter_us = 0;  // the end of the activation before
  std::uint32_t restarts = 0;  // systemd counts from 0 again with each start that is no automatic restart
};

enum class Trigger { timer, catch_up, retry, manual };
std::string_view to_string(Trigger trigger);

Trigger trigger_of(const ActivationFacts& facts);

struct Decision {
  Slot slot = Slot::blue;
  Trigger trigger = Trigger::manual;
  bool counted = false;
  std::optional<BlockPlace> place;    // in a split: where this activation stands in its block
  std::optional<Slot> mirror;         // runs besides, when the run of `slot` has ended
  std::optional<BlockCursor> cursor;  // to be stored, durably, before anything runs; see active_alone()
  bool fallback = false;              // makes a failed run of the candidate good
  bool degraded = false;
  std::string note;  // why it is degraded
};

// Facts are absent when the manager could not be asked. `impossible` when the route has no active slot.
Result<Decision> decide(const Route& route, const std::optional<ActivationFacts>& facts,
                        const BlockCursor& cursor);

// The same activation when its place cannot be stored or the candidate cannot be run: the active slot runs
// alone and takes no place. `route` must have an active slot.
Decision active_alone(const Route& route, Decision decision, std::string why);

// The run of the active slot that makes a candidate's good within the same activation: at its place, so that
// the two can be paired, and no sample.
Decision fallback_of(const Route& route, Decision candidate);

// What the ledger says of a run that was decided so; id, time and release are the caller's to add.
Run announced(const Route& route, const Decision& decision, Slot slot);

}  // namespace wx
