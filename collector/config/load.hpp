// The configuration file on disk: found, read, judged by its permissions.
#pragma once

#include <string>

#include "collector/config/read.hpp"
#include "common/ports/filesystem.hpp"

namespace wx::collector {

// `path` may be relative to environment.directory and may be a symbolic link. not_found, permission or
// `invalid` with a remedy. A file that others can read earns a warning: it holds the key.
Result<Configuration> load_configuration(FileSystem& files, const std::string& path,
                                         const Environment& environment,
                                         const std::vector<SourceKind>& kinds);

}  // namespace wx::collector
