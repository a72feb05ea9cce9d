// Which slot an activation runs, and why it was started: facts in, decision out. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/result.hpp"
#include "orchestrator/routing/blocks.hpp"
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
  std::optional<Slot> mirror;  // runs besides, when the run of `slot` has ended
  std::optional<BlockCursor>
      cursor;  // to be stored before anything runs; when it cannot be, there is no mirrored run
  bool degraded = false;
  std::string note;  // why it is degraded
};

// Facts are absent when the manager could not be asked. `impossible` when the route has no active slot.
Result<Decision> decide(const Route& route, const std::optional<ActivationFacts>& facts,
                        const BlockCursor& cursor);

}  // namespace wx
