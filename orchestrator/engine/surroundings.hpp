// What surrounds the units of an app without being wxctl's: files of others that shape them, units that need
// them, the stamps of their timers. Recorded before a rollout, observed again afterwards.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// What a unit file or drop-in says, a link followed; none when nothing is there, empty when a link leads to
// no file (a mask).
Result<std::optional<std::string>> read_unit_file(FileSystem& files, const std::string& path);

struct Surroundings {
  std::map<std::string, std::string> others;  // absolute path -> content: drop-ins, unit files that hide ours
  std::vector<std::string> dependents;        // active units that need or want one of ours
  std::vector<std::string> stamps;            // of timers that catch up: absolute paths that exist
};

// Where the manager keeps when a timer with Persistent= elapsed last: beside wxctl's data.
std::string timer_stamp(const Layout& layout, const std::string& timer);

std::string render_surroundings(const Surroundings& surroundings);
Result<Surroundings> parse_surroundings(std::string_view json);

// Files of others that shape the units to which `ours` (names below the unit directory) belong, wherever the
// manager reads them.
Result<std::map<std::string, std::string>> files_of_others(Ports& ports, const Layout& layout,
                                                           const std::vector<std::string>& ours);
Result<Surroundings> observe_surroundings(Ports& ports, const Layout& layout,
                                          const std::vector<std::string>& ours);

}  // namespace wx
