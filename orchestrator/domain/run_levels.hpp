// How an app's runs did over a window, in the figures that a manifest sets limits to. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "orchestrator/routing/ledger.hpp"

namespace wx {

struct RunLevels {
  std::size_t runs = 0;  // of the slot, ended
  std::optional<std::int64_t> memory_peak_bytes;
  std::optional<std::int64_t> longest_ms;
  // Of one CPU, over the time between the first and the last start; nothing with fewer than two runs.
  std::optional<double> cpu_share;
};

// Of the runs that this slot began at `since` or later.
RunLevels run_levels(const std::vector<Run>& runs, Slot slot, WallTime since);

struct Ticks {
  std::size_t due = 0;
  std::size_t good = 0;  // a run of one of the slots succeeded
};

// Activations by the timer at `since` or later, whichever slot they went to. While the timer rests, or the
// machine does, none is due.
Ticks ticks_of(const std::vector<Run>& runs, WallTime since);

struct Delivered {
  std::size_t owed = 0;
  std::size_t lost = 0;
};

// Successful runs of the active slot at `since` or later, and those of them that left no point in its bucket,
// whose points have these times (ascending). For a store without a reach: there a point belongs to its run.
Delivered delivered(const std::vector<Run>& runs, const std::vector<std::int64_t>& times_ns, WallTime since);

}  // namespace wx
