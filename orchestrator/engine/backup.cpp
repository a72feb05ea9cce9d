#include "orchestrator/engine/backup.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/suggest.hpp"
#include "orchestrator/engine/digest.hpp"
#include "orchestrator/engine/format.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/rollout_units.hpp"
#include "orchestrator/engine/units.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::size_t most_entries = 200'000;
constexpr std::uint64_t largest_backup_list = 64ull << 20;
constexpr Micros drain_poll{20'000};
constexpr std::string_view description = "backup.json";

struct Inventory {
  json hashes = json::object();
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

Result<Inventory> take_inventory(FileSystem& files, const std::string& directory) {
  Inventory inventory;
  WX_LET(const auto entries, walk(files, directory, most_entries));
  for (const auto& entry : entries) {
    if (entry.path == description) continue;
    if (entry.info.type == FileType::symlink) inventory.hashes[entry.path] = "-> " + entry.link_target;
    if (entry.info.type != FileType::file) continue;
    WX_LET(inventory.hashes[entry.path], files.sha256(directory + "/" + entry.path));
    ++inventory.files;
    inventory.bytes += entry.info.size;
  }
  return inventory;
}

std::string dumped(const json& document) {
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<BackupInfo> read_info(FileSystem& files, const std::string& path, json& document) {
  WX_LET(const std::string text, files.read(path + "/" + std::string(description), largest_backup_list));
  document = json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("hashes") || !document["hashes"].is_object())
    return Error{Code::failed, path + "/" + std::string(description) + " is damaged",
                 "make a new backup: wxctl backup create"};
  if (document.value("format", engine_format) > engine_format)
    return newer_format(path + "/" + std::string(description));
  BackupInfo info;
  info.path = path;
  info.id = document.value("id", "");
  info.files = document.value("files", std::uint64_t{0});
  info.bytes = document.value("bytes", std::uint64_t{0});
  info.release = document.value("release", "");
  info.version = document.value("version", "");
  info.created = document.value("created", "");
  return info;
}

}  // namespace

Status Backups::copy_state(const std::string& directory, Slot slot, const std::string& unit, Micros drain,
                           const std::function<Status()>& pulse) {
  if (!exists(ports_.files, layout_.slot_state(slot))) return {};
  WX_LET(const auto hold, ports_.files.lock(layout_.hold(), LockMode::exclusive, hold_wait_ms));
  const Micros deadline = ports_.clock.monotonic() + drain;
  while (true) {
    WX_LET(const UnitState state, ports_.systemd.unit(unit));
    if (state.active_state == "inactive" || state.active_state == "failed") break;
    if (ports_.clock.monotonic() >= deadline)
      return Error{Code::failed, "the run of " + unit + " did not end in time to back up its state",
                   "raise program.drain in the manifest"};
    WX_TRY(pulse());
    ports_.clock.sleep(drain_poll);
  }
  return copy_tree(ports_.files, layout_.slot_state(slot), directory + "/state", most_entries);
}

Result<BackupInfo> Backups::create(Micros drain, const std::function<Status()>& pulse) {
  FileSystem& files = ports_.files;
  Generations generations(ports_, layout_);
  WX_LET(const auto generation, generations.current());
  if (!generation || !generation->route.active)
    return Error{Code::impossible,
                 "nothing is deployed for " + layout_.app + ", so there is nothing to back up",
                 "wxctl deploy first"};
  const Slot slot = *generation->route.active;
  const SlotSpec& spec = *generation->slot(slot);
  WX_LET(const Manifest manifest, parse_manifest(layout_.manifest(), spec.manifest_text));
  BackupInfo info;
  info.id = "b-" + compact_instant(ports_.clock.now()) + "-" + ports_.ids.hex(4);
  info.path = layout_.backups() + "/" + info.id;
  info.release = spec.release;
  info.version = spec.version;
  info.created = format_instant(ports_.clock.now());
  const std::string beside = info.path + ".new";
  WX_TRY(make_directories(files, layout_.backups(), 0700));
  WX_TRY(files.make_directory(beside, 0700));
  WX_TRY(copy_tree(files, layout_.release(spec.release), beside + "/release", most_entries));
  WX_TRY(files.write(beside + "/generation.json", render_generation(*generation), 0600));
  WX_TRY(files.write(beside + "/manifest.yaml", spec.manifest_text, 0600));
  WX_LET(const auto live, read_if_present(files, layout_.live_config(), largest_config));
  if (live) WX_TRY(files.write(beside + "/config.yml", *live, 0600));
  Units units(ports_, layout_);
  WX_LET(const UnitSnapshot snapshot,
         units.snapshot(unit_file_names(layout_, manifest), stateful_units(layout_, manifest)));
  WX_TRY(files.write(beside + "/units.json", render_unit_snapshot(snapshot), 0600));
  WX_TRY(copy_state(beside, slot, instance_name(manifest.service, to_string(slot)), drain, pulse));
  WX_LET(const Inventory inventory, take_inventory(files, beside));
  info.files = inventory.files;
  info.bytes = inventory.bytes;
  const json document{{"format", 1},
                      {"id", info.id},
                      {"app", layout_.app},
                      {"created", info.created},
                      {"release", info.release},
                      {"version", info.version},
                      {"files", info.files},
                      {"bytes", info.bytes},
                      {"hashes", inventory.hashes}};
  WX_TRY(files.write(beside + "/" + std::string(description), dumped(document), 0600));
  WX_TRY(files.sync_directory(beside));
  WX_TRY(files.rename(beside, info.path));
  WX_TRY(files.sync_directory(layout_.backups()));
  return verify(info.id);
}

Result<std::vector<BackupInfo>> Backups::list() {
  std::vector<BackupInfo> out;
  auto names = ports_.files.list(layout_.backups());
  if (!names) {
    if (names.error().code == Code::not_found) return out;
    return std::move(names).error();
  }
  for (auto name = names->rbegin(); name != names->rend(); ++name) {
    if (!name->starts_with("b-") || name->ends_with(".new")) continue;
    json document;
    auto info = read_info(ports_.files, layout_.backups() + "/" + *name, document);
    if (info) out.push_back(std::move(info).value());
  }
  return out;
}

Result<BackupInfo> Backups::verify(const std::string& id) {
  const std::string path = layout_.backups() + "/" + id;
  if (id.find('/') != std::string::npos || !exists(ports_.files, path)) {
    std::vector<std::string> known;
    WX_LET(const auto all, list());
    for (const auto& backup : all) known.push_back(backup.id);
    return Error{Code::not_found, "there is no backup \"" + id + "\"" + suggestion(id, known),
                 "wxctl backup list"};
  }
  json document;
  WX_LET(BackupInfo info, read_info(ports_.files, path, document));
  WX_LET(const Inventory inventory, take_inventory(ports_.files, path));
  for (const auto& [file, hash] : inventory.hashes.items())
    if (!document["hashes"].contains(file))
      return Error{Code::failed, "backup " + id + ": " + file + " was added",
                   "make a new one: wxctl backup create"};
  for (const auto& [file, hash] : document["hashes"].items()) {
    if (!inventory.hashes.contains(file))
      return Error{Code::failed, "backup " + id + ": " + file + " is missing",
                   "make a new one: wxctl backup create"};
    if (inventory.hashes[file] != hash)
      return Error{Code::failed, "backup " + id + ": " + file + " was changed",
                   "make a new one: wxctl backup create"};
  }
  info.verified = true;
  return info;
}

}  // namespace wx
