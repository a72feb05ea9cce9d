// The number that every document of the engine carries (orchestrator/FORMATS.md).
#pragma once

#include <string>

#include "common/core/result.hpp"

namespace wx {

inline constexpr int engine_format = 1;

// A document with a higher number was written by a later version, which alone knows what it means.
inline Error newer_format(const std::string& what) {
  return Error{Code::invalid, what + " was written by a newer wxctl",
               "use that version, or its pinned copy below engine/"};
}

}  // namespace wx
