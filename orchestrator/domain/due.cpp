#include "orchestrator/domain/due.hpp"

#include <algorithm>

namespace wx {

RunTimes times_of(const Run& run) {
  const auto second = to_ns(std::chrono::floor<std::chrono::seconds>(run.at));
  const WallTime end = run.ended.value_or(run.at + Millis{run.duration_ms.value_or(0)});
  return {second, std::max(to_ns(end), to_ns(run.at))};
}

DueTimes::DueTimes(const std::vector<Run>& runs, std::string_view role, Micros reach, WallTime since)
    : reach_ns_(reach.count() * 1000), since_ns_(to_ns(since)) {
  std::vector<Span> spans;
  for (const Run& run : runs) {
    if (run.role != role || !succeeded(run)) continue;
    const auto start = to_ns(run.at);
    if (reach_ns_ > 0) {
      if (start < since_ns_) continue;
      spans.push_back({std::max(start - reach_ns_, since_ns_), start});
      starts_.push_back(start);
    } else {
      const auto times = times_of(run);
      if (times.from_ns < since_ns_) continue;
      spans.push_back({times.from_ns, times.to_ns});
      starts_.push_back(times.from_ns);
    }
  }
  runs_ = spans.size();
  std::sort(starts_.begin(), starts_.end());
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  for (const Span& span : spans) {
    if (!spans_.empty() && span.from <= spans_.back().to)
      spans_.back().to = std::max(spans_.back().to, span.to);
    else
      spans_.push_back(span);
  }
}

bool DueTimes::contains(std::int64_t time_ns) const {
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), time_ns,
                                      [](std::int64_t time, const Span& span) { return time < span.from; });
  return after != spans_.begin() && time_ns <= std::prev(after)->to;
}

bool DueTimes::blames(std::int64_t time_ns) const {
  if (reach_ns_ > 0) return true;
  const auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds(time_ns));
  return std::binary_search(starts_.begin(), starts_.end(), std::chrono::nanoseconds(second).count());
}

std::optional<std::int64_t> DueTimes::last_look(std::int64_t time_ns) const {
  if (reach_ns_ == 0) return std::nullopt;
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), time_ns + reach_ns_);
  if (after == starts_.begin() || *std::prev(after) < time_ns) return std::nullopt;
  return *std::prev(after);
}

}  // namespace wx
