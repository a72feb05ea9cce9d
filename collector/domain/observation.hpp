// What a source delivers for a place, and what is left of it after validation.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "collector/domain/location.hpp"
#include "collector/domain/product.hpp"
#include "collector/domain/raw.hpp"
#include "common/core/point.hpp"
#include "common/ports/clock.hpp"

namespace wx::collector {

// The answer of one source for one place.
struct Harvest {
  Location location;
  Product product;
  std::vector<RawRecord> records;
};

struct Observation {
  WallTime time;
  std::map<std::string, FieldValue> fields;  // named as they are stored; never empty
};

}  // namespace wx::collector
