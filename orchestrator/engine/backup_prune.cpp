#include "orchestrator/engine/backup_prune.hpp"

#include "common/core/instant.hpp"

namespace wx {

namespace {

Result<std::set<std::string>> releases_in_slots(Ports& ports, const Layout& layout) {
  std::set<std::string> out;
  WX_LET(const auto generation, Generations(ports, layout).current());
  if (!generation) return out;
  for (const Slot slot : {Slot::blue, Slot::green})
    if (const auto& spec = generation->slot(slot)) out.insert(spec->release);
  return out;
}

Result<std::string> newest_good(Backups& backups, const std::vector<BackupInfo>& newest_first) {
  for (const auto& backup : newest_first) {
    const auto verified = backups.verify(backup.id);
    if (verified) return backup.id;
    if (verified.error().code != Code::failed) return verified.error();
  }
  return Error{Code::failed, "no backup has the content that it was made with, so none is removed",
               "wxctl backup verify ID tells what was changed; wxctl backup create makes a good one"};
}

// First out of the way under a name that is swept when this is interrupted.
Status remove(FileSystem& files, const Layout& layout, const std::string& path) {
  const std::string going = path + ".new";
  WX_TRY(files.rename(path, going));
  WX_TRY(files.sync_directory(layout.backups()));
  return files.remove_tree(going);
}

}  // namespace

Result<std::vector<PrunedBackup>> prune_backups(Ports& ports, const Layout& layout,
                                                const Retention& retention, bool only_tell) {
  std::vector<PrunedBackup> out;
  Backups backups(ports, layout);
  WX_LET(const auto all, backups.list());
  if (all.empty()) return out;
  WX_LET(const auto needed, releases_in_slots(ports, layout));
  WX_LET(const std::string good, newest_good(backups, all));
  std::vector<StoredBackup> stored;
  for (const auto& backup : all) {
    WX_LET(const WallTime made, parse_instant(backup.created));
    stored.push_back({backup.id, backup.release, made});
  }
  const auto reasons = reasons_to_stay(stored, retention, ports.clock.now(), needed, good);
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (reasons[at].empty() && !only_tell) WX_TRY(remove(ports.files, layout, all[at].path));
    out.push_back({all[at], reasons[at]});
  }
  return out;
}

}  // namespace wx
