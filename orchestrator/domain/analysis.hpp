// The verdict on a candidate: observations in, verdict out. How the evidence of each metric is weighed is
// metrics.hpp's matter; here it is decided. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/domain/metrics.hpp"
#include "orchestrator/domain/observations.hpp"

namespace wx {

enum class Verdict {
  pass,
  fail,
  inconclusive,  // looked long enough, no decision
  insufficient,  // not enough data
  error,         // could not be measured
  cancelled
};
std::string_view to_string(Verdict verdict);
std::optional<Verdict> parse_verdict(std::string_view text);

struct AnalysisQuestion {
  Micros duration{0};                // `for`
  Micros limit{0};                   // from `started`: the time passes whatever else happens, paused or not
  int min_runs = 2;                  // runs of the candidate in whole units
  bool safe = false;                 // require: safe
  std::vector<std::string> metrics;  // only these; empty: all
  std::vector<CheckSpec> checks;     // of the manifest; those of type metric are judged
  WallTime started{};
  WallTime now{};
  std::string broken_split;                      // why the split is not what the route says; empty: it is
  std::map<std::string, std::string> obstacles;  // metric -> why its data could not be read
};

struct Analysis {
  bool over = false;  // decided, or the limit is reached; else it goes on and `verdict` is how it stands
  Verdict verdict = Verdict::insufficient;
  std::string message;              // one sentence: verdict, figures, and that the thresholds are fixed
  std::string change;               // what would change it; empty for pass and fail
  std::vector<std::string> blamed;  // the metrics that shown or suspected harm comes from
  std::vector<Finding> findings;
  std::size_t candidate_runs = 0;
  std::size_t active_runs = 0;
};

// In this order: a broken split is an error; shown harm fails at once; then, with `for` and `min_runs`
// reached, data fresh and nothing suspected, a pass; else on to the limit, where it is insufficient, an error
// or inconclusive.
Analysis analyze(const AnalysisQuestion& question, const Observations& observations);

// Flat, for the journal: verdict, message, metrics (their names), and NAME.candidate, NAME.active, NAME.n,
// NAME.threshold, NAME.verdict, NAME.message, NAME.unit for each.
std::map<std::string, std::string> analysis_record(const Analysis& analysis);

}  // namespace wx
