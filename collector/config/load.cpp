#include "collector/config/load.hpp"

#include <utility>

namespace wx::collector {
namespace {

constexpr std::uint64_t max_bytes = 1 << 20;
constexpr std::uint32_t readable_by_others = 0077;

Error cannot_read(Error error, const std::string& path) {
  error.message = "cannot read the configuration " + path + ": " + error.message;
  if (error.code == Code::not_found) error.remedy = "name an existing file with --config";
  return error;
}

}  // namespace

Result<Configuration> load_configuration(FileSystem& files, const std::string& path,
                                         const Environment& environment,
                                         const std::vector<SourceKind>& kinds) {
  const auto absolute = path.starts_with('/') ? path : environment.directory + "/" + path;
  const auto real = files.real_path(absolute);
  if (!real) return cannot_read(real.error(), path);
  const auto text = files.read(*real, max_bytes);
  if (!text) return cannot_read(text.error(), path);
  WX_LET(auto configuration, read_configuration(path, *text, environment, kinds));
  const auto info = files.info(*real);
  if (info && (info->mode & readable_by_others) != 0) {
    configuration.warnings.push_back(path + " can be read by others and may hold secrets: chmod 600 " + path);
  }
  return configuration;
}

}  // namespace wx::collector
