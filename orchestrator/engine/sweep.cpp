#include "orchestrator/engine/sweep.hpp"

#include <string>

namespace wx {

namespace {

constexpr std::string_view unfinished = ".new";
// Tickets of slots are the router's to write, at any time; those of checks are the engine's.
constexpr std::string_view unfinished_check = ".check.new";

void sweep(FileSystem& files, const std::string& directory, std::string_view prefix,
           std::string_view suffix = unfinished) {
  const auto names = files.list(directory);
  if (!names) return;
  for (const auto& name : *names)
    if (name.starts_with(prefix) && name.ends_with(suffix))
      static_cast<void>(files.remove_tree(directory + "/" + name));
}

}  // namespace

void sweep_unfinished(FileSystem& files, const Layout& layout) {
  for (const auto& directory : {layout.data, layout.releases(), layout.generations(), layout.backups(),
                                layout.engines(), layout.state, layout.checks()})
    sweep(files, directory, "");
  sweep(files, layout.config_dir, layout.app + ".");
  sweep(files, layout.tickets(), "", unfinished_check);
}

}  // namespace wx
