// What a source delivers (raw, untrusted) and what is left of it after validation.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "collector/domain/location.hpp"
#include "common/ports/bucket_store.hpp"
#include "common/ports/clock.hpp"

namespace wx::collector {

// A value whose shape no rule could use: a list, a map, a text beyond all limits.
struct Unusable {};

using RawValue = std::variant<std::monostate /* null */, bool, double, std::string, Unusable>;
// One record of an answer, keys as the source spells them; of a repeated key the last value counts.
using RawRecord = std::map<std::string, RawValue>;

// The answer of one source for one place.
struct Harvest {
  Location location;
  std::vector<RawRecord> records;
};

struct Observation {
  WallTime time;
  std::map<std::string, FieldValue> fields;  // named as they are stored; never empty
};

}  // namespace wx::collector
