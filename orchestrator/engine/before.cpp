#include "orchestrator/engine/before.hpp"

#include <algorithm>

#include "common/core/files.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/rollout_units.hpp"

namespace wx {

namespace {

template <class T>
void add_missing(std::vector<T>& into, const std::vector<T>& more) {
  for (const auto& item : more)
    if (std::find(into.begin(), into.end(), item) == into.end()) into.push_back(item);
}

}  // namespace

Result<Before> observe_before(Ports& ports, const Layout& layout, const Manifest& manifest) {
  Before before;
  Generations generations(ports, layout);
  WX_LET(before.generation, generations.current());
  std::vector<std::string> files = unit_file_names(layout, manifest);
  std::vector<std::string> units = stateful_units(layout, manifest);
  if (before.generation && before.generation->route.active) {
    WX_LET(const Manifest present,
           parse_manifest(layout.manifest(),
                          before.generation->slot(*before.generation->route.active)->manifest_text));
    add_missing(files, unit_file_names(layout, present));
    add_missing(units, stateful_units(layout, present));
  }
  Units reader(ports, layout);
  WX_LET(before.units, reader.snapshot(files, units));
  WX_LET(before.surroundings, observe_surroundings(ports, layout, files));
  WX_LET(before.manifest, read_if_present(ports.files, layout.manifest(), largest_record));
  WX_LET(before.live_config, read_if_present(ports.files, layout.live_config(), largest_record));
  return before;
}

Status write_before(FileSystem& files, const std::string& directory, const Before& before) {
  WX_TRY(files.make_directory(directory, 0700));
  if (before.generation)
    WX_TRY(files.write(directory + "/generation.json", render_generation(*before.generation), 0600));
  WX_TRY(files.write(directory + "/units.json", render_unit_snapshot(before.units), 0600));
  if (before.surroundings)
    WX_TRY(files.write(directory + "/surroundings.json", render_surroundings(*before.surroundings), 0600));
  if (before.manifest) WX_TRY(files.write(directory + "/manifest.yaml", *before.manifest, 0600));
  if (before.live_config) WX_TRY(files.write(directory + "/config.yml", *before.live_config, 0600));
  return files.sync_directory(directory);
}

Result<Before> read_before(FileSystem& files, const std::string& directory) {
  Before before;
  WX_LET(const auto generation, read_if_present(files, directory + "/generation.json", largest_record));
  if (generation) {
    WX_LET(before.generation, parse_generation(*generation));
  }
  WX_LET(const std::string units, files.read(directory + "/units.json", largest_record));
  WX_LET(before.units, parse_unit_snapshot(units));
  WX_LET(const auto surroundings, read_if_present(files, directory + "/surroundings.json", largest_record));
  if (surroundings) {
    WX_LET(before.surroundings, parse_surroundings(*surroundings));
  }
  WX_LET(before.manifest, read_if_present(files, directory + "/manifest.yaml", largest_record));
  WX_LET(before.live_config, read_if_present(files, directory + "/config.yml", largest_record));
  return before;
}

}  // namespace wx
