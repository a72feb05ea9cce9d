// A summary for people and for programs. Pure; neither holds a secret.
#pragma once

#include <string>

#include "collector/app/summary.hpp"

namespace wx::collector {

// A few lines, each ended by a newline.
std::string render_text(const Summary& summary);
// One JSON document of one line: fetched new changed unchanged rejected{reason: n} written spooled drained
// refused waiting set_aside store{breaker failures until retries} duration_ms and more; `new`, `changed`,
// `unchanged` are null when the bucket was not looked at.
std::string render_json(const Summary& summary);
// The message and, on a line of its own, the remedy.
std::string render_error(const Error& error);

}  // namespace wx::collector
