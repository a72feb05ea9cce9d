#include "orchestrator/domain/thresholds.hpp"

#include <algorithm>
#include <cmath>

#include "common/core/text.hpp"

namespace wx {

namespace {

// Of the bound on a failure rate.
constexpr double standard_errors = 3;
constexpr std::size_t furthest_look = 1000;

double rate(std::size_t count, std::size_t runs) {
  return runs == 0 ? 0 : static_cast<double>(count) / static_cast<double>(runs);
}

// What the active slot's failures allow the candidate: a few good runs do not prove that it never fails.
double allowed_rate(const EventCounts& events) {
  const double active = rate(events.active + 1, events.active_runs + 2);
  const double error = std::sqrt(active * (1 - active) / static_cast<double>(events.active_runs + 2));
  return std::max(failure_limit, active + error);
}

bool more_often(const EventCounts& events) {
  return events.candidate >= least_events && events.chance() <= shown_by_chance;
}

// The candidate's rate exceeds the other's by more than `margin`, and too few events tell otherwise.
bool suspected(const EventCounts& events, double margin) {
  return events.candidate > 0 && events.excess() > margin &&
         (events.active == 0 || events.chance() <= suspected_by_chance);
}

}  // namespace

double EventCounts::candidate_rate() const {
  return rate(candidate, candidate_runs);
}

double EventCounts::active_rate() const {
  return rate(active, active_runs);
}

double EventCounts::chance() const {
  return binomial_tail(candidate, candidate + active, rate(candidate_runs, candidate_runs + active_runs));
}

MetricState failures_state(const EventCounts& events) {
  if (events.candidate >= least_events) {
    const bool always = events.candidate == events.candidate_runs && events.active == 0;
    const double least = least_rate(events.candidate, events.candidate_runs, standard_errors);
    if (always || least > allowed_rate(events)) return MetricState::harm;
  }
  if (more_often(events)) return MetricState::harm;
  const bool above = events.candidate_rate() > failure_limit;
  return above && suspected(events, 0) ? MetricState::suspect : MetricState::clear;
}

MetricState errors_state(const EventCounts& events) {
  if (more_often(events)) return MetricState::harm;
  return suspected(events, error_safe_margin) ? MetricState::suspect : MetricState::clear;
}

MetricState shorts_state(const EventCounts& events) {
  if (more_often(events)) return MetricState::harm;
  return suspected(events, failure_limit) ? MetricState::suspect : MetricState::clear;
}

std::string events_change(const EventCounts& events, MetricState (*state)(const EventCounts&)) {
  const double active_per_run = rate(events.active_runs, events.candidate_runs);
  EventCounts good = events;
  EventCounts bad = events;
  std::size_t to_clear = 0;
  std::size_t to_show = 0;
  for (std::size_t more = 1; more <= furthest_look && (to_clear == 0 || to_show == 0); ++more) {
    ++good.candidate_runs;
    ++bad.candidate_runs;
    ++bad.candidate;
    good.active_runs = bad.active_runs =
        events.active_runs + static_cast<std::size_t>(active_per_run * static_cast<double>(more));
    if (to_clear == 0 && state(good) == MetricState::clear) to_clear = more;
    if (to_show == 0 && state(bad) == MetricState::harm) to_show = more;
  }
  return plural(to_clear, "more run") + " of the candidate without one clear it, " + std::to_string(to_show) +
         " with one each show it";
}

MetricState lean(std::size_t worse, std::size_t differing) {
  const double chance = binomial_tail(worse, differing, 0.5);
  if (worse >= least_events && chance <= shown_by_chance) return MetricState::harm;
  return worse >= least_events && chance <= suspected_by_chance ? MetricState::suspect : MetricState::clear;
}

std::string lean_change(std::size_t worse, std::size_t differing) {
  std::size_t to_clear = 0;
  std::size_t to_show = 0;
  for (std::size_t more = 1; more <= furthest_look && (to_clear == 0 || to_show == 0); ++more) {
    if (to_clear == 0 && lean(worse, differing + more) == MetricState::clear) to_clear = more;
    if (to_show == 0 && lean(worse + more, differing + more) == MetricState::harm) to_show = more;
  }
  return plural(to_clear, "more unit") + " in which it is not worse clear it, " + std::to_string(to_show) +
         " in which it is show it";
}

}  // namespace wx
