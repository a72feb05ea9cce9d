// The fixed thresholds: how often something must have been seen to count as harm, and how often to be
// suspected. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "orchestrator/domain/metrics.hpp"
#include "orchestrator/domain/statistics.hpp"

namespace wx {

// Chance alone shows as much harm at one look in two thousand (eleven units of eleven); it looks suspect at
// one in four.
inline constexpr double shown_by_chance = 5e-4;
inline constexpr double suspected_by_chance = 0.25;
// Nothing is shown by less than this many events.
inline constexpr std::size_t least_events = 2;

inline constexpr double failure_limit = 0.05;
inline constexpr double failure_safe_margin = 0.10;
inline constexpr double error_safe_margin = 0.15;
inline constexpr double points_margin = 0.005;
inline constexpr double points_safe_margin_split = 0.05;
inline constexpr double points_safe_margin_mirror = 0.01;
inline constexpr double short_run_lacks = 0.20;
inline constexpr double short_safe_margin = 0.10;
inline constexpr double parity_limit = 0.001;
inline constexpr double parity_safe_margin = 0.01;

// Runs with an event, of all runs of either side.
struct EventCounts {
  std::size_t candidate = 0;
  std::size_t candidate_runs = 0;
  std::size_t active = 0;
  std::size_t active_runs = 0;

  [[nodiscard]] double candidate_rate() const;
  [[nodiscard]] double active_rate() const;
  [[nodiscard]] double excess() const { return candidate_rate() - active_rate(); }
  // The chance that the candidate has as many of all events when each run is as likely to have one.
  [[nodiscard]] double chance() const;
};

// A candidate that always fails is found at its second run, one that fails a run in five after some twenty.
MetricState failures_state(const EventCounts& events);
MetricState errors_state(const EventCounts& events);
MetricState shorts_state(const EventCounts& events);
// What would end the suspicion.
std::string events_change(const EventCounts& events, MetricState (*state)(const EventCounts&));

// `worse` of `differing` units lean to the candidate's disadvantage.
MetricState lean(std::size_t worse, std::size_t differing);
std::string lean_change(std::size_t worse, std::size_t differing);

}  // namespace wx
