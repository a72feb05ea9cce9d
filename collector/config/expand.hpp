// `${NAME}` in the values of the configuration. Pure.
#pragma once

#include <string>
#include <string_view>

#include "collector/config/environment.hpp"
#include "common/core/result.hpp"

namespace wx::collector {

// Every ${NAME} replaced once (values are not expanded again), `$$` by a dollar. `invalid` when a name is not
// set, is no name, or the brace is not closed; the message never holds a value.
Result<std::string> expand(std::string_view text, const Environment& environment);

}  // namespace wx::collector
