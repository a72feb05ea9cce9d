// The predecessor's cache, taken over into the spool.
#pragma once

#include <cstdint>
#include <string>

#include "collector/spool/spool.hpp"
#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"

namespace wx::collector {

struct ImportedCache {
  std::uint64_t good = 0;  // points read; those that waited already are in it
  std::uint64_t bad = 0;   // entries that could not be used
};

// What `path` holds waits for `sink` afterwards, and the file has the name `path`.imported. Nothing when
// there is none.
Result<ImportedCache> import_cache(FileSystem& files, const std::string& path, Spool& spool, const Sink& sink,
                                   WallTime now);

}  // namespace wx::collector
