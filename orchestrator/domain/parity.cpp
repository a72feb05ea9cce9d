#include "orchestrator/domain/parity.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "orchestrator/domain/figures.hpp"
#include "orchestrator/domain/thresholds.hpp"

namespace wx {

namespace {

constexpr double standard_errors = 3;
constexpr double tolerance = 1e-9;
// Fewer values than these do not tell a counter from a coincidence.
constexpr std::size_t counter_values = 5;

// One field over all units.
struct FieldHistory {
  std::vector<double> shifts;         // candidate's value less the peers' median, a unit each
  std::vector<double> active_values;  // in the order of the runs
  std::vector<double> candidate_values;
};

bool only_rises_or_falls(const std::vector<double>& values) {
  if (values.size() < counter_values || values.front() == values.back()) return false;
  return std::is_sorted(values.begin(), values.end()) || std::is_sorted(values.rbegin(), values.rend());
}

bool alike(double a, double b) {
  return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}

std::map<std::string, FieldHistory> histories(const std::vector<ObservationUnit>& units) {
  std::map<std::string, FieldHistory> out;
  for (const auto& unit : units) {
    std::map<std::string, std::vector<double>> candidate;
    std::map<std::string, std::vector<double>> active;
    for (const auto& run : unit.candidate)
      for (const auto& [field, value] : run.facts.values) candidate[field].push_back(value);
    for (const auto& run : unit.active)
      for (const auto& [field, value] : run.facts.values) active[field].push_back(value);
    for (const auto& [field, values] : candidate) {
      const auto peers = active.find(field);
      if (peers == active.end()) continue;
      FieldHistory& history = out[field];
      const double theirs = median(peers->second);
      const double ours = median(values);
      history.shifts.push_back(alike(ours, theirs) ? 0 : ours - theirs);
      history.candidate_values.push_back(ours);
      history.active_values.insert(history.active_values.end(), peers->second.begin(), peers->second.end());
    }
  }
  return out;
}

// What one field says; `fields` is how many are looked at, each of which might shift by chance.
Finding find_shift(const std::string& field, const FieldHistory& history, std::size_t fields) {
  Finding out;
  out.n = history.shifts.size();
  out.candidate = median(history.candidate_values);
  out.active = median(history.active_values);
  const auto up = static_cast<std::size_t>(
      std::count_if(history.shifts.begin(), history.shifts.end(), [](double shift) { return shift > 0; }));
  const auto down = static_cast<std::size_t>(
      std::count_if(history.shifts.begin(), history.shifts.end(), [](double shift) { return shift < 0; }));
  const double chance = 2 * static_cast<double>(fields) * binomial_tail(std::max(up, down), up + down, 0.5);
  // Noise leans to one side now and then; a shift that matters shows beside it.
  const double shift = median(history.shifts);
  std::vector<double> distances;
  for (const double each : history.shifts) distances.push_back(std::abs(each - shift));
  const double spread = median(distances);
  out.state = MetricState::clear;
  if (std::max(up, down) >= least_events) {
    if (chance <= shown_by_chance && std::abs(shift) > spread / 2)
      out.state = MetricState::harm;
    else if (chance <= 2 * suspected_by_chance && std::abs(shift) > spread)
      out.state = MetricState::suspect;
  }
  out.safe = out.state == MetricState::clear;
  out.message = field + " is " + figure(*out.candidate, "") + ", the active slot's " +
                figure(*out.active, "") + "; " + of(std::max(up, down), out.n, "unit") + " lean " +
                (up >= down ? "up" : "down");
  if (out.state == MetricState::suspect) out.change = lean_change(std::max(up, down), up + down);
  return out;
}

Finding find_shifts(const std::vector<ObservationUnit>& units) {
  Finding worst;
  auto fields = histories(units);
  std::erase_if(fields, [](const auto& field) { return only_rises_or_falls(field.second.active_values); });
  for (const auto& [field, history] : fields) {
    Finding found = find_shift(field, history, fields.size());
    if (found.state > worst.state) worst = std::move(found);
  }
  worst.threshold = "no field shifts against the active slot's";
  return worst;
}

Finding find_differences(const std::vector<ObservationUnit>& units) {
  Finding out;
  double compared = 0;
  double wrong = 0;
  double wrong_share = 0;  // summed over the units that have any
  std::size_t wrong_units = 0;
  for (const auto& unit : units)
    for (const auto& run : unit.candidate) {
      if (!run.facts.compared || run.facts.compared->compared == 0) continue;
      const auto in_run = static_cast<double>(run.facts.compared->compared);
      ++out.n;
      compared += in_run;
      wrong += static_cast<double>(run.facts.compared->wrong);
      wrong_share += static_cast<double>(run.facts.compared->wrong) / in_run;
      if (run.facts.compared->wrong > 0) ++wrong_units;
    }
  if (out.n == 0) return out;
  const double share = wrong / compared;
  const double least = wrong_units == 0 ? 0
                                        : least_rate(wrong_units, out.n, standard_errors) * wrong_share /
                                              static_cast<double>(wrong_units);
  out.state = MetricState::clear;
  if (wrong_units >= least_events && least > parity_limit)
    out.state = MetricState::harm;
  else if (share > parity_limit)
    out.state = MetricState::suspect;
  out.safe = share <= parity_safe_margin;
  out.unit = "%";
  out.candidate = share * 100;
  out.active = 0;
  out.threshold = "at most " + percent(parity_limit) + " of the compared points missing or different";
  out.message = percent(share) + " of the points that both should have are missing or different, in " +
                of(wrong_units, out.n, "run");
  if (out.state == MetricState::suspect) out.change = "the points of the next runs tell";
  return out;
}

}  // namespace

Finding find_parity(const std::vector<ObservationUnit>& units) {
  Finding out = find_differences(units);
  if (out.n == 0) out = find_shifts(units);
  out.metric = "parity";
  return out;
}

}  // namespace wx
