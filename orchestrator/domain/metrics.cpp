#include "orchestrator/domain/metrics.hpp"

#include <algorithm>

#include "common/core/text.hpp"
#include "orchestrator/domain/figures.hpp"
#include "orchestrator/domain/parity.hpp"
#include "orchestrator/domain/thresholds.hpp"

namespace wx {

namespace {

using Pick = std::optional<double> (*)(const Sample&);

// A metric of which each run has a value: harm is a candidate that is worse than its peers by more than the
// margin in most units.
struct ValueRule {
  const char* name;
  const char* unit;
  Pick pick;
  double margin;       // harm
  double safe_margin;  // for `require: safe`
  double slack;        // values this near are equal
};

constexpr double mebibyte = 1048576;

const ValueRule duration_rule{"duration", "ms", [](const Sample& run) { return run.duration_ms; },
                              0.10,       0.25, 50};
const ValueRule memory_rule{"memory", "bytes", [](const Sample& run) { return run.memory_bytes; },
                            0.05,     0.10,    mebibyte};

std::vector<double> values(const std::vector<Sample>& runs, Pick pick) {
  std::vector<double> out;
  for (const auto& run : runs)
    if (const auto value = pick(run); value && !run.failed) out.push_back(*value);
  return out;
}

// The typical value of either side, in each unit that has both.
struct Typical {
  double candidate;
  double active;
};

std::vector<Typical> typical(const std::vector<ObservationUnit>& units, Pick pick) {
  std::vector<Typical> out;
  for (const auto& unit : units) {
    const auto candidate = values(unit.candidate, pick);
    const auto active = values(unit.active, pick);
    if (!candidate.empty() && !active.empty()) out.push_back({median(candidate), median(active)});
  }
  return out;
}

bool any(const std::vector<ObservationUnit>& units, Pick pick) {
  return std::any_of(units.begin(), units.end(), [&](const ObservationUnit& unit) {
    return !values(unit.candidate, pick).empty() || !values(unit.active, pick).empty();
  });
}

Finding find_value(const std::vector<ObservationUnit>& units, const ValueRule& rule) {
  Finding out;
  out.metric = rule.name;
  out.unit = rule.unit;
  out.threshold = "worse than the active slot by at most " + percent(rule.margin);
  const auto pairs = typical(units, rule.pick);
  out.n = pairs.size();
  if (pairs.empty()) {
    if (any(units, rule.pick)) out.state = MetricState::wanting;
    return out;
  }
  std::vector<double> candidate;
  std::vector<double> active;
  std::size_t worse = 0;
  std::size_t unsafe = 0;
  for (const auto& pair : pairs) {
    candidate.push_back(pair.candidate);
    active.push_back(pair.active);
    if (pair.candidate > pair.active * (1 + rule.margin) + rule.slack) ++worse;
    if (pair.candidate > pair.active * (1 + rule.safe_margin) + rule.slack) ++unsafe;
  }
  out.candidate = median(candidate);
  out.active = median(active);
  out.state = lean(worse, pairs.size());
  out.safe = 2 * unsafe <= pairs.size();
  out.message = figure(*out.candidate, rule.unit) + ", the active slot " + figure(*out.active, rule.unit) +
                "; worse by more than " + percent(rule.margin) + " in " + of(worse, pairs.size(), "unit");
  if (out.state == MetricState::suspect) out.change = lean_change(worse, pairs.size());
  return out;
}

// Which units count, and which of their runs have the event.
template <class Counts, class Candidate, class Active>
EventCounts count_events(const std::vector<ObservationUnit>& units, Counts counts, Candidate candidate,
                         Active active) {
  EventCounts out;
  for (const auto& unit : units) {
    if (!counts(unit)) continue;
    out.candidate_runs += unit.candidate.size();
    out.active_runs += unit.active.size();
    out.candidate +=
        static_cast<std::size_t>(std::count_if(unit.candidate.begin(), unit.candidate.end(), candidate));
    out.active += static_cast<std::size_t>(std::count_if(unit.active.begin(), unit.active.end(), active));
  }
  return out;
}

void tell_events(Finding& out, const EventCounts& events, const std::string& what) {
  out.unit = "%";
  out.candidate = events.candidate_rate() * 100;
  out.active = events.active_rate() * 100;
  out.message = of(events.candidate, events.candidate_runs, "run") + " of the candidate " + what + " (" +
                percent(events.candidate_rate()) + "), " + std::to_string(events.active) + " of " +
                std::to_string(events.active_runs) + " of the active slot (" + percent(events.active_rate()) +
                ")";
}

Finding find_failures(const std::vector<ObservationUnit>& units) {
  Finding out;
  out.metric = "failures";
  out.threshold =
      "at most " + percent(failure_limit) + " of the runs, and not more often than the active slot";
  out.n = units.size();
  const auto events = count_events(
      units, [](const ObservationUnit&) { return true; }, [](const Sample& run) { return run.attributable; },
      [](const Sample& run) { return run.failed; });
  out.state = units.empty() ? MetricState::wanting : failures_state(events);
  out.safe = events.excess() <= failure_safe_margin;
  tell_events(out, events, "failed where the active slot managed");
  if (out.state == MetricState::suspect) out.change = events_change(events, failures_state);
  return out;
}

bool errors_known(const ObservationUnit& unit) {
  const auto known = [](const Sample& run) { return run.facts.errors.has_value(); };
  return std::all_of(unit.candidate.begin(), unit.candidate.end(), known) &&
         std::all_of(unit.active.begin(), unit.active.end(), known);
}

Finding find_errors(const std::vector<ObservationUnit>& units) {
  Finding out;
  out.metric = "errors";
  out.threshold = "not more often than the active slot";
  out.n = static_cast<std::size_t>(std::count_if(units.begin(), units.end(), errors_known));
  if (out.n == 0) return out;
  const auto error = [](const Sample& run) { return *run.facts.errors; };
  const auto events = count_events(units, errors_known, error, error);
  out.state = errors_state(events);
  out.safe = events.excess() <= error_safe_margin;
  tell_events(out, events, "left an error in the journal");
  if (out.state == MetricState::suspect) out.change = events_change(events, errors_state);
  return out;
}

std::optional<double> points_of(const Sample& run) {
  if (run.facts.points && run.facts.due) return *run.facts.due == 0 ? 1 : *run.facts.points / *run.facts.due;
  return run.facts.points;
}

// Runs that wrote much less than is usual in their unit.
EventCounts short_runs(const std::vector<ObservationUnit>& units) {
  EventCounts out;
  for (const auto& unit : units) {
    const auto candidate = values(unit.candidate, points_of);
    const auto active = values(unit.active, points_of);
    if (candidate.empty() || active.empty()) continue;
    auto all = active;  // both sides are held against the same, so that chance favours neither
    all.insert(all.end(), candidate.begin(), candidate.end());
    const double least = median(all) * (1 - short_run_lacks);
    const auto is_short = [least](double points) { return points < least; };
    out.candidate_runs += candidate.size();
    out.active_runs += active.size();
    out.candidate += static_cast<std::size_t>(std::count_if(candidate.begin(), candidate.end(), is_short));
    out.active += static_cast<std::size_t>(std::count_if(active.begin(), active.end(), is_short));
  }
  return out;
}

Finding find_points(const std::vector<ObservationUnit>& units) {
  Finding out;
  out.metric = "points";
  out.unit = "points";
  out.threshold = "at most " + percent(points_margin) + " fewer than the active slot";
  const auto pairs = typical(units, points_of);
  out.n = pairs.size();
  if (pairs.empty()) {
    if (any(units, points_of)) out.state = MetricState::wanting;
    return out;
  }
  double candidate = 0;
  double active = 0;
  std::size_t worse = 0;
  std::size_t better = 0;
  for (const auto& pair : pairs) {
    candidate += pair.candidate;
    active += pair.active;
    if (pair.candidate < pair.active * (1 - points_margin)) ++worse;
    if (pair.candidate > pair.active * (1 + points_margin)) ++better;
  }
  const double missing = active > 0 ? 1 - candidate / active : 0;
  const double safe_margin = units.front().mirrored ? points_safe_margin_mirror : points_safe_margin_split;
  const auto shorts = short_runs(units);
  const MetricState fewer = missing > points_margin ? lean(worse, worse + better) : MetricState::clear;
  const MetricState some_short = shorts_state(shorts);
  out.state = std::max(
      fewer == MetricState::suspect && missing <= safe_margin / 2 ? MetricState::clear : fewer, some_short);
  out.safe = missing <= safe_margin && shorts.excess() <= short_safe_margin;
  const auto runs = static_cast<double>(pairs.size());
  out.candidate = candidate / runs;
  out.active = active / runs;
  const bool shares = std::any_of(units.begin(), units.end(), [](const ObservationUnit& unit) {
    return !unit.candidate.empty() && unit.candidate.front().facts.due.has_value();
  });
  if (shares) {
    out.unit = "%";
    out.candidate = *out.candidate * 100;
    out.active = *out.active * 100;
  }
  out.message = figure(*out.candidate, out.unit) + (shares ? " of what is due" : " a run") +
                ", the active slot " + figure(*out.active, out.unit) + "; " +
                percent(std::max(0.0, missing)) + " fewer, in " + of(worse, pairs.size(), "unit");
  if (shorts.candidate > 0)
    out.message += "; " + of(shorts.candidate, shorts.candidate_runs, "run") + " wrote less than " +
                   percent(1 - short_run_lacks) + " of it";
  if (out.state == MetricState::suspect)
    out.change = some_short == MetricState::suspect ? events_change(shorts, shorts_state)
                                                    : lean_change(worse, worse + better);
  return out;
}

// A threshold of the manifest on a metric that the program keeps by itself.
Finding find_check(const std::vector<ObservationUnit>& units, const CheckSpec& check) {
  Finding out;
  out.metric = check.id;
  out.threshold = check.min ? "at least " + figure(*check.min, "") : "";
  if (check.max) out.threshold += (check.min ? ", at most " : "at most ") + figure(*check.max, "");
  const auto kept = [&](double value) {
    return (!check.min || value >= *check.min) && (!check.max || value <= *check.max);
  };
  std::size_t breaches = 0;  // of the candidate, in a row up to now
  for (const auto& unit : units) {
    bool seen = false;
    for (const auto& run : unit.candidate)
      if (const auto value = run.facts.metrics.find(check.id); value != run.facts.metrics.end()) {
        seen = true;
        out.candidate = value->second;
        breaches = kept(value->second) ? 0 : breaches + 1;
      }
    for (const auto& run : unit.active)
      if (const auto value = run.facts.metrics.find(check.id); value != run.facts.metrics.end())
        out.active = value->second;
    if (seen) ++out.n;
  }
  if (!out.candidate) {
    if (out.active) out.state = MetricState::wanting;
    return out;
  }
  const bool blamed = breaches > 0 && (!out.active || kept(*out.active));
  out.state = !blamed                   ? MetricState::clear
              : breaches < least_events ? MetricState::suspect
                                        : MetricState::harm;
  out.safe = breaches == 0;
  out.message = figure(*out.candidate, "") + ", must be " + out.threshold;
  if (out.active) out.message += "; the active slot " + figure(*out.active, "");
  if (out.state == MetricState::suspect) out.change = "the value after the next run of the candidate tells";
  return out;
}

}  // namespace

std::vector<Finding> find_metrics(const std::vector<ObservationUnit>& units,
                                  const std::vector<CheckSpec>& checks) {
  std::vector<Finding> out{find_failures(units),
                           find_points(units),
                           find_parity(units),
                           find_value(units, duration_rule),
                           find_value(units, memory_rule),
                           find_errors(units)};
  for (const auto& check : checks)
    if (!check.metric.empty() || !check.ratio.empty()) out.push_back(find_check(units, check));
  return out;
}

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names{"failures", "points", "parity", "duration", "memory", "errors"};
  return names;
}

std::string_view to_string(MetricState state) {
  switch (state) {
    case MetricState::na:
      return "na";
    case MetricState::wanting:
      return "insufficient";
    case MetricState::clear:
      return "pass";
    case MetricState::suspect:
      return "inconclusive";
    case MetricState::harm:
      return "fail";
  }
  return "na";
}

}  // namespace wx
