#include "collector/app/import_cache.hpp"

#include <utility>

#include "collector/domain/points.hpp"
#include "collector/sources/cache_file.hpp"
#include "common/core/files.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

constexpr std::uint64_t most_bytes = 64 << 20;  // the predecessor kept 10 MB at most

}  // namespace

Result<ImportedCache> import_cache(FileSystem& files, const std::string& path, Spool& spool, const Sink& sink,
                                   WallTime now) {
  WX_LET(const auto text, read_if_present(files, path, most_bytes));
  if (!text) return ImportedCache{};
  auto [points, bad] = parse_cache_file(*text, now);
  const ImportedCache imported{points.size(), bad};
  WX_TRY(spool.keep(sink, merged(std::move(points))));
  // Kept, because of what was bad in it.
  WX_TRY(files.rename(path, path + ".imported"));
  WX_TRY(files.sync_directory(parent_path(path)));
  return imported;
}

}  // namespace wx::collector
