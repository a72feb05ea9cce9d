// What the spool commands answer, for people and for programs. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/app/drain.hpp"
#include "collector/app/import_cache.hpp"
#include "collector/spool/spool.hpp"

namespace wx::collector {

// A few lines, or one JSON document of one line: directory bytes points waiting[{store bucket points batches
// first last kept_since}] rejected.
std::string render_waiting(const std::string& directory, std::uint64_t bytes,
                           const std::vector<Waiting>& waiting, const std::vector<Waiting>& rejected,
                           bool json);
// directory bytes points rejected[{… reason}]
std::string render_rejected(const std::string& directory, std::uint64_t bytes,
                            const std::vector<Waiting>& rejected, bool json);
// segments bytes batches points damaged[{segment offset bytes}] torn[…]
std::string render_inspection(const Inspection& inspection, bool json);
// drained left refused damaged sinks[{store bucket drained left refused error}] exit error
std::string render_flush(const Flush& flush, bool json);
// imported bad
std::string render_imported(const ImportedCache& imported, bool json);
// cleared
std::string render_cleared(std::uint64_t points, bool json);

}  // namespace wx::collector
