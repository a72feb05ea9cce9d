// What each metric says about a candidate, from units of observation against fixed thresholds. Sequential
// evidence may replace the thresholds here without anybody else noticing. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/domain/observations.hpp"

namespace wx {

enum class MetricState {
  na,       // no source of data: it never decides
  wanting,  // not seen on both sides yet
  clear,    // no harm suspected
  suspect,  // looks like harm, too little to tell
  harm      // shown
};

struct Finding {
  std::string metric;
  MetricState state = MetricState::na;
  bool safe = false;                // within the margin that `require: safe` asks for
  std::optional<double> candidate;  // observed; in `unit`
  std::optional<double> active;
  std::size_t n = 0;  // units it was seen in
  std::string unit;   // "%", "ms", "bytes", "points"; empty for a bare number
  std::string threshold;
  std::string message;  // the figures in words
  std::string change;   // what would change it
};

// failures, points, parity, duration, memory, errors in this order, then the checks of type metric. What a
// failed run took and wrote says nothing; it takes part in failures and errors alone.
std::vector<Finding> find_metrics(const std::vector<ObservationUnit>& units,
                                  const std::vector<CheckSpec>& checks);

// The names of those that need no check; `metrics:` of an analyze step may name them and the manifest's
// checks.
const std::vector<std::string>& metric_names();

// In the words of a verdict: na, insufficient, pass, inconclusive, fail.
std::string_view to_string(MetricState state);

}  // namespace wx
