// From the text of config.yml to Settings: strict, with the place of every mistake. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collector/config/environment.hpp"
#include "collector/config/settings.hpp"
#include "collector/config/source_kind.hpp"
#include "common/core/result.hpp"

namespace wx::collector {

struct Configuration {
  Settings settings;
  std::vector<std::string> warnings;
};

// `invalid` with one line a problem, "file:line:column: what"; secrets never appear in it.
// A block is read by the kind of source that has its name. WX_BUCKET and WX_STORE of the environment override
// bucket and store path.
Result<Configuration> read_configuration(const std::string& file, std::string_view text,
                                         const Environment& environment,
                                         const std::vector<SourceKind>& kinds);

}  // namespace wx::collector
