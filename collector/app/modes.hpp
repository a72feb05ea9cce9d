// The use cases, one per mode of the program. None throws; how it ended is in the summary.
#pragma once

#include "collector/app/pipeline.hpp"
#include "collector/app/summary.hpp"

namespace wx::collector {

// Fetch, validate, write what is new or changed.
Summary collect(const Workshop& workshop);
// Fetch and validate; the store is not touched, not even opened.
Summary dry_run(const Workshop& workshop);
// The whole pipeline into `<bucket>-scratch`, read back, compared, removed.
Summary test_mode(const Workshop& workshop);
// The built-in hostile samples through parser and validation, then the live answer if it can be reached.
Summary test_validation(const Workshop& workshop);

}  // namespace wx::collector
