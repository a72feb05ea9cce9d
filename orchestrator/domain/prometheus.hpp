// Reading the Prometheus text format 0.0.4 (prometheus.io, Exposition formats): as much as a threshold needs.
// Pure.
#pragma once

#include <string_view>

#include "common/core/result.hpp"

namespace wx {

// The value of `series`, "name" or "name{label="value",…}". A name without labels is the sum over its series.
// not_found when the text has no such series.
Result<double> metric_value(std::string_view text, std::string_view series);

}  // namespace wx
