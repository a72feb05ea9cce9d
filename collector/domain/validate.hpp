// From raw records to observations: each field judged by itself, so that a bad one never costs a good one.
// Pure, thread-safe.
#pragma once

#include <vector>

#include "collector/domain/observation.hpp"
#include "collector/domain/rejections.hpp"

namespace wx::collector {

struct Validated {
  std::vector<Observation> observations;  // in time order, one per time
  Rejections rejected;
};

// `now` decides what is future or far past. Without `ranges` only types are judged, not what is physically
// possible.
Validated validate(const Product& product, const std::vector<RawRecord>& records, WallTime now, bool ranges);

}  // namespace wx::collector
