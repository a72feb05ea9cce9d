// What must be there before a sandbox can start.
#pragma once

#include "common/core/result.hpp"

namespace wx::sandbox {

// The first thing that is missing, with the Debian package or the step that brings it.
Status check_prerequisites();

}  // namespace wx::sandbox
