// The verifying run: proof that the slot which is active now does its work.
#pragma once

#include <functional>

#include "common/core/result.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/run_log.hpp"

namespace wx {

struct VerifyQuestion {
  Ports& ports;
  const Layout& layout;
  const Manifest& manifest;
  Slot slot;
  std::uint64_t generation;       // only runs of this generation or a later one count
  std::function<Status()> pulse;  // called while waiting
};

// The next tick when it is due within 10 s (a start by hand could swallow it), else a start by hand of the
// entry; only for repeatable programs. The run that proved it, or `failed` with how it ended.
Result<Run> verify_by_run(const VerifyQuestion& question);

}  // namespace wx
