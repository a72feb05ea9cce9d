// Answers that must never pass: what servers, proxies and broken stations have sent or could send, with the
// reason for which each must be refused. `weather-collector --test-validation` proves it on the machine where
// it runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/ports/clock.hpp"

namespace wx::collector {

struct HostileSample {
  std::string_view name;
  std::string body;
  // The reasons counted, in the order of the enumeration, joined by +; "malformed" when the answer as a whole
  // is refused; "accepted" for the control samples, which must pass.
  std::string_view expected;
};

// The moment for which the samples are written.
WallTime hostile_samples_now();
const std::vector<HostileSample>& hostile_samples();

}  // namespace wx::collector
