// Log by spdlog: native journal entries with fields when stderr is the journal (JOURNAL_STREAM), else lines on stderr,
// coloured on a terminal unless NO_COLOR is set. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "common/ports/log.hpp"

namespace wx {

std::unique_ptr<Log> make_log(const std::string& identifier, LogLevel least);

}  // namespace wx
