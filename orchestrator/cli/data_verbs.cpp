// backup, bucket, init: things that lie on disk.
#include <nlohmann/json.hpp>

#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/backup.hpp"
#include "orchestrator/engine/backup_prune.hpp"
#include "orchestrator/engine/engine.hpp"

namespace wx {

namespace {

using nlohmann::json;

json backup_json(const BackupInfo& backup) {
  return {{"id", backup.id},           {"path", backup.path},         {"files", backup.files},
          {"bytes", backup.bytes},     {"verified", backup.verified}, {"release", backup.release},
          {"version", backup.version}, {"created", backup.created}};
}

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + 500'000) / 1'000'000) + " MB";
}

int answer(World& world, const BackupInfo& backup) {
  if (world.options.json)
    print_line(backup_json(backup).dump(2));
  else
    print_line(backup.id + ": " + backup.version + ", " + plural(backup.files, "file") + ", " +
               megabytes(backup.bytes) + ", verified\n  " + backup.path);
  return 0;
}

int tell_backup_dry_run(const World& world, const Installed& installed) {
  const std::string message = "would back up program, config, units and state of " + installed.layout.app;
  print_line(world.options.json ? json{{"would_back_up", installed.layout.app}}.dump(2) : message);
  return to_int(ExitStatus::done);
}

Result<int> backup_create(World& world, bool dry_run) {
  WX_LET(const Installed installed, read_installed(world));
  if (dry_run) return tell_backup_dry_run(world, installed);
  WX_LET(const auto lock, take_app_lock(world.ports, installed.layout, "backup create", world.pid, 0));
  Backups backups(world.ports, installed.layout);
  WX_LET(const BackupInfo backup,
         backups.create(installed.manifest ? installed.manifest->program.drain : Micros{0}));
  return answer(world, backup);
}

Result<int> backup_list(World& world) {
  WX_LET(const std::string app, chosen_app(world));
  const Layout layout = layout_of(world.places.home, app, "");
  Backups backups(world.ports, layout);
  WX_LET(const auto all, backups.list());
  if (world.options.json) {
    json list = json::array();
    for (const auto& backup : all) list.push_back(backup_json(backup));
    print_line(list.dump(2));
    return 0;
  }
  std::vector<std::vector<std::string>> rows{{"backup", "version", "files", "size", "made"}};
  for (const auto& backup : all)
    rows.push_back(
        {backup.id, backup.version, std::to_string(backup.files), megabytes(backup.bytes), backup.created});
  if (all.empty())
    print_line("no backups of " + app + " yet: wxctl backup create");
  else
    print(table(world, rows));
  return 0;
}

Result<int> backup_verify(World& world, const std::string& id) {
  WX_LET(const std::string app, chosen_app(world));
  const Layout layout = layout_of(world.places.home, app, "");
  Backups backups(world.ports, layout);
  WX_LET(const BackupInfo backup, backups.verify(id));
  return answer(world, backup);
}

int answer(const World& world, const std::vector<PrunedBackup>& all, bool dry_run) {
  json list = json::array();
  std::vector<std::vector<std::string>> rows{{"backup", "version", "size", ""}};
  std::uint64_t bytes = 0;
  std::size_t removed = 0;
  for (const auto& [backup, stays] : all) {
    json row = backup_json(backup);
    row["removed"] = stays.empty() && !dry_run;
    row["stays_because"] = stays.empty() ? json(nullptr) : json(stays);
    list.push_back(row);
    rows.push_back({backup.id, backup.version, megabytes(backup.bytes),
                    !stays.empty() ? "stays: " + stays
                    : dry_run      ? "would go"
                                   : "removed"});
    if (!stays.empty()) continue;
    ++removed;
    bytes += backup.bytes;
  }
  if (world.options.json) {
    print_line(list.dump(2));
    return 0;
  }
  if (!all.empty() && !world.options.quiet) print(table(world, rows));
  print_line(removed == 0 ? "no backup is to be removed"
                          : plural(removed, "backup") + (dry_run ? " would be" : "") + " removed, " +
                                megabytes(bytes));
  return 0;
}

Result<int> backup_prune(World& world, const PruneOptions& options) {
  WX_LET(const std::string app, chosen_app(world));
  const Layout layout = layout_of(world.places.home, app, "");
  Retention retention{options.keep, {}};
  if (!options.older_than.empty()) {
    WX_LET(retention.older_than, parse_duration(options.older_than));
  }
  if (options.dry_run) {
    WX_LET(const auto all, prune_backups(world.ports, layout, retention, true));
    return answer(world, all, true);
  }
  WX_TRY(refuse_when_busy(world, layout));
  WX_LET(const auto lock, take_app_lock(world.ports, layout, "backup prune", world.pid, 0));
  WX_LET(const auto all, prune_backups(world.ports, layout, retention, false));
  return answer(world, all, false);
}

Result<int> unpack_backup(World& world, const RestoreOptions& options) {
  WX_LET(const std::string app, chosen_app(world));
  const Layout layout = layout_of(world.places.home, app, "");
  Backups backups(world.ports, layout);
  WX_LET(const BackupInfo backup, backups.verify(options.backup));
  const std::string into = absolute(world, options.into);
  if (exists(world.ports.files, into))
    return Error{Code::invalid, into + " exists and is left alone", "name a directory that is not there yet"};
  if (!options.dry_run) WX_TRY(copy_tree(world.ports.files, backup.path, into, 200'000));
  BackupInfo there = backup;
  there.path = into;
  return answer(world, there);
}

// The backup becomes active like a release that a rollback names, with its state; but it takes nobody's
// rollout back.
Result<int> restore_backup(World& world, const RestoreOptions& options) {
  WX_LET(const std::string app, chosen_app(world));
  WX_TRY(refuse_when_busy(world, layout_of(world.places.home, app, "")));
  RollbackOptions rollback;
  rollback.to = options.backup;
  rollback.state = true;
  rollback.dry_run = options.dry_run;
  return verb_rollback(world, rollback);
}

Result<int> bucket_create(World& world, const std::string& file) {
  const std::string path = absolute(world, file);
  const bool there = exists(world.ports.files, path);
  WX_TRY(world.ports.stores.create(path));
  WX_LET(const auto store, world.ports.stores.open({.path = path}));
  WX_TRY(store->check_writable("any"));
  if (world.options.json)
    print_line(json{{"path", path}, {"created", !there}}.dump(2));
  else
    print_line(path + (there ? " is a bucket file already" : " is a bucket file now"));
  return 0;
}

json time_or_null(const std::optional<std::int64_t>& ns) {
  return ns ? json(format_instant(WallTime{Micros{*ns / 1000}})) : json(nullptr);
}

Result<int> bucket_show(World& world, const std::string& file) {
  WX_LET(const auto buckets, world.ports.stores.summary(absolute(world, file)));
  json list = json::array();
  std::vector<std::vector<std::string>> rows{{"bucket", "series", "points", "first", "last"}};
  for (const auto& bucket : buckets) {
    const json first = time_or_null(bucket.first_ns);
    const json last = time_or_null(bucket.last_ns);
    list.push_back({{"bucket", bucket.bucket},
                    {"series", bucket.series},
                    {"points", bucket.points},
                    {"first", first},
                    {"last", last}});
    rows.push_back({bucket.bucket, std::to_string(bucket.series), std::to_string(bucket.points),
                    first.is_null() ? "-" : first.get<std::string>(),
                    last.is_null() ? "-" : last.get<std::string>()});
  }
  if (world.options.json)
    print_line(list.dump(2));
  else if (buckets.empty())
    print_line("no points yet");
  else
    print(table(world, rows));
  return 0;
}

constexpr std::string_view starting_manifest =
    R"(# What wxctl needs to know about one app. wxctl plan -f FILE checks it.
apiVersion: wxctl/v1
kind: App
name: NAME
service: NAME.service
timer: {unit: NAME.timer, OnCalendar: "*:0/5", AccuracySec: 1s, Persistent: true}
release: ./release            # a directory with the program; relative to this file
program:
  exec: ["${release}/bin/NAME"]
  env: {BUCKET: "${bucket}", STORE: "${store}"}
  timeout: 60s
  repeatable: true            # running twice for one tick does no harm
store:                        # where the program writes its points; leave it out if it writes none
  kind: sqlite
  path: points.db
  active: NAME
  candidate: NAME-candidate
checks:
  dry-run: {exec: ["${release}/bin/NAME", "--dry-run"], timeout: 10s}
limits: {disk: 100MB}
)";

Result<int> init(World& world, const std::string& unit) {
  if (!unit.empty())
    return Error{Code::invalid, "adopting a unit that runs is not there yet",
                 "wxctl init without --unit writes a manifest to start from"};
  const std::string name = world.options.app.empty() ? "myapp" : world.options.app;
  std::string text;
  for (const auto& part : split(starting_manifest, '\n')) {
    std::string line = part;
    for (std::size_t at = line.find("NAME"); at != std::string::npos;
         at = line.find("NAME", at + name.size()))
      line.replace(at, 4, name);
    text += line + "\n";
  }
  text.pop_back();
  WX_TRY(parse_manifest("the manifest to start from", text));
  const std::string file = world.options.manifest.empty() ? "wxctl.yaml" : world.options.manifest;
  const std::string path = absolute(world, file);
  if (exists(world.ports.files, path))
    return Error{Code::invalid, path + " exists and is left alone", "name another file, or remove it first"};
  WX_TRY(replace_file(world.ports.files, path, text, 0644));
  if (world.options.json)
    print_line(json{{"path", path}, {"app", name}}.dump(2));
  else
    print_line(path + " is written; edit it, then: wxctl -f " + file + " plan --strategy gradual");
  return 0;
}

}  // namespace

int verb_init(World& world, const std::string& unit) {
  return told(world, init(world, unit));
}
int verb_backup_create(World& world, bool dry_run) {
  return told(world, backup_create(world, dry_run));
}
int verb_backup_prune(World& world, const PruneOptions& options) {
  return told(world, backup_prune(world, options));
}
int verb_backup_list(World& world) {
  return told(world, backup_list(world));
}
int verb_backup_verify(World& world, const std::string& id) {
  return told(world, backup_verify(world, id));
}
int verb_backup_restore(World& world, const RestoreOptions& options) {
  return told(world, options.into.empty() ? restore_backup(world, options) : unpack_backup(world, options));
}
int verb_bucket_create(World& world, const std::string& file) {
  return told(world, bucket_create(world, file));
}
int verb_bucket_show(World& world, const std::string& file) {
  return told(world, bucket_show(world, file));
}

}  // namespace wx
