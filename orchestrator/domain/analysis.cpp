#include "orchestrator/domain/analysis.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/core/duration.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/figures.hpp"

namespace wx {

namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 6> verdict_names{{
    {Verdict::pass, "pass"},
    {Verdict::fail, "fail"},
    {Verdict::inconclusive, "inconclusive"},
    {Verdict::insufficient, "insufficient"},
    {Verdict::error, "error"},
    {Verdict::cancelled, "cancelled"},
}};

// Fewer runs than these show no harm, whatever min_runs says.
constexpr std::size_t least_runs_for_harm = 2;
// A candidate's run is due once in each block; two blocks without one are silence.
constexpr std::int64_t blocks_of_silence = 2;
constexpr Micros silence_grace{2'000'000};

constexpr const char* how = " (compared with fixed thresholds)";

std::string told(const std::vector<const Finding*>& findings) {
  std::vector<std::string> parts;
  parts.reserve(findings.size());
  for (const Finding* finding : findings)
    parts.push_back(finding->metric + ": " + finding->message + " (allowed: " + finding->threshold + ")");
  return join(parts, "; ");
}

class Decision {
 public:
  Decision(const AnalysisQuestion& question, const Observations& observations)
      : question_(question), seen_(observations) {
    out_.candidate_runs = seen_.candidate_runs;
    out_.active_runs = seen_.active_runs;
  }

  Analysis decide() {
    out_.findings = find_metrics(seen_.units, question_.checks);
    std::erase_if(out_.findings, [&](const Finding& finding) { return !wanted(finding.metric); });
    if (!question_.broken_split.empty())
      return end(Verdict::error, "the split is not what the route says: " + question_.broken_split,
                 "wxctl runs shows the block and the position of each run");
    if (const auto harmful = in_state(MetricState::harm);
        !harmful.empty() && seen_.candidate_runs >= std::max(needed(), least_runs_for_harm)) {
      blame(harmful);
      return end(Verdict::fail, told(harmful) + how, "");
    }
    const auto open = open_question();
    if (!open && elapsed() >= question_.duration) return pass();
    const bool late = elapsed() >= question_.limit;
    if (!open) return stand("no harm so far in " + runs() + ", looked at until " + left(question_.duration));
    out_.blamed = open->blamed;
    out_.change = open->change;
    out_.verdict = open->verdict;
    out_.over = late;
    out_.message =
        open->message + (late ? ", and " + format_duration(question_.limit) + " have passed" : "") + how;
    return std::move(out_);
  }

 private:
  // Why it cannot pass now.
  struct Open {
    Verdict verdict;
    std::string message;
    std::string change;
    std::vector<std::string> blamed;
  };

  [[nodiscard]] std::optional<Open> open_question() const {
    for (const auto& [metric, why] : question_.obstacles)
      if (wanted(metric))
        return Open{Verdict::error,
                    metric + " could not be measured: " + why,
                    "data that can be read: wxctl validate",
                    {metric}};
    if (seen_.candidate_runs < needed())
      return Open{Verdict::insufficient,
                  std::to_string(seen_.candidate_runs) + " of the " + plural(needed(), "run") +
                      " of the candidate needed came" + left_out(),
                  plural(needed() - seen_.candidate_runs, "more run") + " of the candidate",
                  {}};
    if (const auto silent = silence())
      return Open{
          Verdict::insufficient, *silent, "runs of the candidate: is the timer active? wxctl status", {}};
    if (auto suspect = suspicion()) return suspect;
    return question_.safe ? unsafe() : std::nullopt;
  }

  [[nodiscard]] std::optional<Open> suspicion() const {
    const auto suspects = in_state(MetricState::suspect);
    // Harm of too few runs to say so.
    auto all = in_state(MetricState::harm);
    all.insert(all.end(), suspects.begin(), suspects.end());
    if (all.empty()) return std::nullopt;
    std::vector<std::string> changes;
    std::vector<std::string> names;
    for (const Finding* finding : all) {
      names.push_back(finding->metric);
      if (!finding->change.empty()) changes.push_back(finding->metric + ": " + finding->change);
    }
    return Open{Verdict::inconclusive, "harm is suspected, " + told(all), join(changes, "; "), names};
  }

  // The metrics for which safety is not shown.
  [[nodiscard]] std::optional<Open> unsafe() const {
    std::vector<std::string> few;
    std::vector<const Finding*> beyond;
    for (const auto& finding : out_.findings) {
      if (finding.state == MetricState::na) continue;
      if (finding.n < fewest_units())
        few.push_back(finding.metric + " " + std::to_string(finding.n));
      else if (!finding.safe)
        beyond.push_back(&finding);
    }
    if (!beyond.empty()) {
      std::vector<std::string> names;
      names.reserve(beyond.size());
      for (const Finding* finding : beyond) names.push_back(finding->metric);
      return Open{Verdict::inconclusive, "safety is not shown, " + told(beyond),
                  "runs that keep the margin of " + join(names, ", "), names};
    }
    if (!few.empty())
      return Open{Verdict::insufficient,
                  "safety is not shown: too few units of " + join(few, ", "),
                  "more runs that are measured, or the analyze step with metrics: those that are",
                  {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> silence() const {
    if (!seen_.interval || !seen_.newest_candidate || seen_.candidate_runs_now) return std::nullopt;
    const Micros expected = *seen_.interval * static_cast<std::int64_t>(seen_.block_size);
    const Micros age = question_.now - *seen_.newest_candidate;
    if (age <= expected * blocks_of_silence + silence_grace) return std::nullopt;
    return "the candidate's newest run is " + format_duration(rounded(age)) +
           " old, although one is due each " + format_duration(rounded(expected));
  }

  Analysis pass() {
    std::string message = question_.safe
                              ? runs() + " of the candidate are within all margins: " + measured()
                              : "no harm seen in " + runs() + " of the candidate; safety not yet shown";
    return end(Verdict::pass, std::move(message) + how, "");
  }

  Analysis end(Verdict verdict, std::string message, std::string change) {
    out_.over = true;
    out_.verdict = verdict;
    out_.message = std::move(message);
    out_.change = std::move(change);
    return std::move(out_);
  }

  // Not enough data yet, as far as the time that it is looked at goes.
  Analysis stand(std::string message) {
    out_.verdict = Verdict::insufficient;
    out_.message = std::move(message);
    return std::move(out_);
  }

  void blame(const std::vector<const Finding*>& findings) {
    for (const Finding* finding : findings) out_.blamed.push_back(finding->metric);
  }

  [[nodiscard]] std::vector<const Finding*> in_state(MetricState state) const {
    std::vector<const Finding*> out;
    for (const auto& finding : out_.findings)
      if (finding.state == state) out.push_back(&finding);
    return out;
  }

  [[nodiscard]] bool wanted(const std::string& metric) const {
    return question_.metrics.empty() ||
           std::find(question_.metrics.begin(), question_.metrics.end(), metric) != question_.metrics.end();
  }

  // What looks at no run has nothing to say.
  [[nodiscard]] std::size_t needed() const {
    return static_cast<std::size_t>(std::max(1, question_.min_runs));
  }
  // A unit may hold several runs of the candidate.
  [[nodiscard]] std::size_t fewest_units() const {
    return std::min(needed(), std::max<std::size_t>(1, seen_.units.size()));
  }
  [[nodiscard]] Micros elapsed() const { return std::max(Micros::zero(), question_.now - question_.started); }
  [[nodiscard]] std::string runs() const { return plural(seen_.candidate_runs, "run"); }
  [[nodiscard]] std::string left(Micros until) const {
    return format_duration(rounded(until - std::min(until, elapsed()))) + " from now";
  }
  [[nodiscard]] std::string left_out() const {
    return seen_.left_out == 0 ? "" : "; " + plural(seen_.left_out, "run") + " count for nothing yet";
  }
  [[nodiscard]] std::string measured() const {
    std::vector<std::string> names;
    for (const auto& finding : out_.findings)
      if (finding.state != MetricState::na) names.push_back(finding.metric);
    return join(names, ", ");
  }
  static Micros rounded(Micros duration) { return std::chrono::floor<std::chrono::seconds>(duration); }

  const AnalysisQuestion& question_;
  const Observations& seen_;
  Analysis out_;
};

}  // namespace

std::string_view to_string(Verdict verdict) {
  for (const auto& [value, name] : verdict_names)
    if (value == verdict) return name;
  return "?";
}

std::optional<Verdict> parse_verdict(std::string_view text) {
  for (const auto& [value, name] : verdict_names)
    if (name == text) return value;
  return std::nullopt;
}

Analysis analyze(const AnalysisQuestion& question, const Observations& observations) {
  return Decision(question, observations).decide();
}

std::map<std::string, std::string> analysis_record(const Analysis& analysis) {
  std::map<std::string, std::string> out{{"verdict", std::string(to_string(analysis.verdict))},
                                         {"message", analysis.message},
                                         {"blamed", join(analysis.blamed, " ")},
                                         {"n", std::to_string(analysis.candidate_runs)}};
  std::vector<std::string> names;
  const auto number = [](const std::optional<double>& value) {
    return value ? figure(*value, "") : std::string{};
  };
  for (const auto& finding : analysis.findings) {
    names.push_back(finding.metric);
    const std::string prefix = finding.metric + ".";
    out[prefix + "verdict"] = to_string(finding.state);
    if (finding.state == MetricState::na) continue;
    out[prefix + "candidate"] = number(finding.candidate);
    out[prefix + "active"] = number(finding.active);
    out[prefix + "n"] = std::to_string(finding.n);
    out[prefix + "unit"] = finding.unit;
    out[prefix + "threshold"] = finding.threshold;
    out[prefix + "message"] = finding.message;
  }
  out["metrics"] = join(names, " ");
  return out;
}

}  // namespace wx
