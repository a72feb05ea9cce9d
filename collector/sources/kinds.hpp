// All kinds of sources.
#pragma once

#include <vector>

#include "collector/config/source_kind.hpp"

namespace wx::collector {

const std::vector<SourceKind>& source_kinds();

}  // namespace wx::collector
