// Where observations come from. A further source is one more implementation of this interface.
#pragma once

#include <vector>

#include "collector/domain/observation.hpp"
#include "common/core/result.hpp"

namespace wx::collector {

class Source {
 public:
  virtual ~Source() = default;
  // The whole window that the source serves, one harvest per configured place. Repeats what may help within
  // the configured total time. `failed` says what the source answered and never holds the key; `interrupted`
  // when a signal came. Changes nothing at the source; one thread at a time.
  virtual Result<std::vector<Harvest>> fetch() = 0;
};

}  // namespace wx::collector
