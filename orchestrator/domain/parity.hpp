// Do the candidate's points say the same as the active slot's? Pure.
#pragma once

#include <vector>

#include "orchestrator/domain/metrics.hpp"

namespace wx {

// Where both sides have points for the same times, the share that is missing or differs. Elsewhere each
// field's value in a run beside those of its peers: a shift has a direction that chance has not. A field that
// only ever rises or falls is a counter or a time and is not compared.
Finding find_parity(const std::vector<ObservationUnit>& units);

}  // namespace wx
