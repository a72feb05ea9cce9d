#include "orchestrator/domain/run_levels.hpp"

#include <algorithm>

#include "orchestrator/domain/due.hpp"

namespace wx {

namespace {

bool is_of_timer(const Run& run) {
  return (run.trigger == "timer" || run.trigger == "catch-up") && !run.mirror_of && !run.fallback;
}

// Of a tick that a candidate failed and the active slot then made good.
bool made_good(const Run& failed, const std::vector<Run>& runs) {
  return failed.block && std::any_of(runs.begin(), runs.end(), [&](const Run& run) {
           return run.fallback && run.at >= failed.at && run.generation == failed.generation &&
                  run.block == failed.block && run.position == failed.position && succeeded(run);
         });
}

template <class T>
void keep_larger(std::optional<T>& largest, const std::optional<T>& value) {
  if (value) largest = std::max(largest.value_or(*value), *value);
}

}  // namespace

RunLevels run_levels(const std::vector<Run>& runs, Slot slot, WallTime since) {
  RunLevels levels;
  std::optional<WallTime> first;
  WallTime last{};
  std::int64_t cpu_ms = 0;
  std::int64_t cpu_ms_of_last = 0;
  for (const auto& run : runs) {
    if (run.slot != to_string(slot) || run.at < since || !run.result || *run.result == "lost") continue;
    ++levels.runs;
    keep_larger(levels.memory_peak_bytes, run.memory_peak_bytes);
    keep_larger(levels.longest_ms, run.duration_ms);
    if (!run.cpu_ms) continue;
    if (!first) first = run.at;
    last = run.at;
    cpu_ms_of_last = *run.cpu_ms;
    cpu_ms += cpu_ms_of_last;
  }
  // What the last run used belongs to the time after its start.
  if (first && last > *first)
    levels.cpu_share =
        static_cast<double>(cpu_ms - cpu_ms_of_last) * 1000 / static_cast<double>((last - *first).count());
  return levels;
}

Ticks ticks_of(const std::vector<Run>& runs, WallTime since) {
  Ticks ticks;
  for (const auto& run : runs) {
    if (run.at < since || !run.result || !is_of_timer(run)) continue;
    ++ticks.due;
    if (succeeded(run) || made_good(run, runs)) ++ticks.good;
  }
  return ticks;
}

Delivered delivered(const std::vector<Run>& runs, const std::vector<std::int64_t>& times_ns, WallTime since) {
  Delivered out;
  for (const auto& run : runs) {
    if (run.at < since || run.role != "active" || run.mirror_of || !run.result || !succeeded(run)) continue;
    ++out.owed;
    const RunTimes owed = times_of(run);
    const auto next = std::lower_bound(times_ns.begin(), times_ns.end(), owed.from_ns);
    if (next == times_ns.end() || *next > owed.to_ns) ++out.lost;
  }
  return out;
}

}  // namespace wx
