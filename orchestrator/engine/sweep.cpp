#include "orchestrator/engine/sweep.hpp"

#include <string>

namespace wx {

namespace {

void sweep(FileSystem& files, const std::string& directory, std::string_view prefix,
           std::string_view suffix) {
  const auto names = files.list(directory);
  if (!names) return;
  for (const auto& name : *names)
    if (name.starts_with(prefix) && name.ends_with(suffix))
      static_cast<void>(files.remove_tree(directory + "/" + name));
}

}  // namespace

void sweep_unfinished(FileSystem& files, const Layout& layout) {
  for (const auto& directory :
       {layout.data, layout.releases(), layout.generations(), layout.backups(), layout.engines()})
    sweep(files, directory, "", ".new");
  if (const auto rollouts = files.list(layout.rollouts()))
    for (const auto& id : *rollouts) sweep(files, layout.rollout(id), "", ".new");
  // The router, which knows no lock, writes beside its own files in STATE.
  sweep(files, layout.state, "lease.json", ".new");
  sweep(files, layout.tickets(), "", ".check.new");
  sweep(files, layout.config_dir, layout.app + ".", ".new");
}

}  // namespace wx
