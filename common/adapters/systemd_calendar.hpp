// Calendar by systemd-analyze(1).
#pragma once

#include <memory>
#include <string>

#include "common/ports/calendar.hpp"
#include "common/ports/process.hpp"

namespace wx {

// `path`: the directories that systemd-analyze is looked for in, as in PATH. `process` must outlive the
// result.
std::unique_ptr<Calendar> make_systemd_calendar(Process& process, std::string path);

}  // namespace wx
