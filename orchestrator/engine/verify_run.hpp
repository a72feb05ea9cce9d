// The verifying run: proof that the slot which is active now does its work.
#pragma once

#include <functional>
#include <optional>

#include "common/core/result.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/run_log.hpp"

namespace wx {

struct VerifyQuestion {
  Ports& ports;
  const Layout& layout;
  const Manifest& manifest;
  Slot slot;
  std::uint64_t generation;       // only runs of this generation or a later one count …
  WallTime since;                 // … that were begun at this time or later: the generation may be an old one
  std::function<Status()> pulse;  // called while waiting
  bool wait_for_tick = false;     // when the program is not repeatable: however long its next activation takes
};

// The next tick when it is due within 10 s (a start by hand could swallow it), else a start by hand of the
// entry. A program that is not repeatable is never run unasked: its next activation is waited for, or nothing is answered. The run
// that proved it, or `failed` with how it ended.
Result<std::optional<Run>> verify_by_run(const VerifyQuestion& question);
// When the timer elapses next, as far as the manager tells.
std::optional<WallTime> next_activation(Ports& ports, const Manifest& manifest);

}  // namespace wx
