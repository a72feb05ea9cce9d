#include "orchestrator/engine/builtin_checks.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "common/yaml/merge.hpp"
#include "orchestrator/domain/log_pattern.hpp"
#include "orchestrator/engine/check_threshold.hpp"
#include "orchestrator/engine/drift_check.hpp"
#include "orchestrator/engine/lease.hpp"
#include "orchestrator/engine/level_checks.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/machine_checks.hpp"
#include "orchestrator/engine/releases.hpp"
#include "orchestrator/engine/store_access.hpp"

namespace wx {

namespace {

constexpr std::size_t lines_looked_at = 5000;

using Check = void (*)(const BuiltinScope&, CheckResult&);

void check_service(const BuiltinScope& scope, CheckResult& result) {
  const std::string& entry = scope.target.manifest.service;
  const std::string instance = instance_name(entry, to_string(scope.target.slot));
  for (const std::string& name : {entry, instance}) {
    auto unit = scope.target.ports.systemd.unit(name);
    if (!unit) return conclude_skip(result, unit.error());
    result.observed = unit->load_state;
    if (unit->load_state != "loaded")
      return conclude_fail(
          result, name + " is " + unit->load_state,
          unit->load_state == "masked" ? "systemctl --user unmask " + name : "systemctl --user cat " + name);
    if (unit->need_daemon_reload)
      return conclude_fail(result, name + " was changed on disk after systemd read it",
                           "systemctl --user daemon-reload");
  }
  conclude_pass(result, entry + " is loaded, oneshot: inactive between runs");
}

void check_last_run(const BuiltinScope& scope, CheckResult& result) {
  auto ledger = scope.runs.read();
  if (!ledger) return conclude_skip(result, ledger.error());
  const std::string slot(to_string(scope.target.slot));
  const auto& spec = scope.target.generation.slot(scope.target.slot);
  const Run* last = nullptr;
  for (const auto& run : ledger->runs)
    if (run.slot == slot && spec && run.release == spec->release && run.role == "active" && run.result)
      last = &run;
  if (last == nullptr) {
    result.status = CheckStatus::skip;
    result.message = "no run of " + slot + " has ended yet";
    result.remedy = "wait for the timer, or: systemctl --user start " + scope.target.manifest.service;
    return;
  }
  result.observed = *last->result;
  const std::string told = "the last run, at " + format_instant(last->at) + ", ended as " + *last->result;
  if (succeeded(*last)) return conclude_pass(result, told);
  conclude_fail(result, told + (last->exit_status ? " (" + std::to_string(*last->exit_status) + ")" : ""),
                "journalctl --user -u " + instance_name(scope.target.manifest.service, slot) + " -n 50");
}

void check_timer(const BuiltinScope& scope, CheckResult& result) {
  if (!scope.target.manifest.timer) return conclude_na(result, "the app has no timer");
  const std::string& name = scope.target.manifest.timer->unit;
  auto unit = scope.target.ports.systemd.unit(name);
  if (!unit) return conclude_skip(result, unit.error());
  result.observed =
      unit->active_state + ", " + (unit->file_state.empty() ? unit->load_state : unit->file_state);
  if (unit->active_state != "active")
    return conclude_fail(
        result, name + " is " + (unit->load_state == "loaded" ? unit->active_state : unit->load_state),
        "systemctl --user start " + name);
  if (unit->load_state != "loaded")
    return conclude_fail(result, name + " is " + unit->load_state + ": systemd does not understand its file",
                         "systemctl --user status " + name);
  if (!unit->file_state.starts_with("enabled"))
    return conclude_fail(result, name + " is " + unit->file_state + ": it does not come back after a reboot",
                         "systemctl --user enable " + name);
  auto timer = scope.target.ports.systemd.timer(name);
  if (!timer) return conclude_skip(result, timer.error());
  // While the service runs, a timer may not know yet when it elapses next.
  const bool waits = unit->sub_state != "running";
  if (waits && timer->next_realtime_us == 0 && timer->next_monotonic_us == 0)
    return conclude_fail(result, name + " is active and never elapses again",
                         "systemctl --user list-timers --all " + name);
  conclude_pass(result, name + " is active and enabled");
}

// The manager's own line about a run that failed: last-run judges that, and forgives it when the next one
// succeeds.
bool tells_of_a_failed_run(const JournalEntry& entry) {
  return entry.identifier == "systemd" && entry.message.starts_with("Failed to start ");
}

void check_journal_errors(const BuiltinScope& scope, CheckResult& result) {
  const std::string& entry = scope.target.manifest.service;
  JournalQuery query;
  query.units = {entry, instance_name(entry, to_string(scope.target.slot))};
  query.since = scope.since;
  query.limit = lines_looked_at;
  auto entries = scope.target.ports.journal.entries(query);
  if (!entries) return conclude_skip(result, entries.error());
  // Most programs only print: there a word says what is an error.
  std::erase_if(*entries, [](const JournalEntry& line) {
    return tells_of_a_failed_run(line) || severity_of(line.priority, line.message) != LogSeverity::error;
  });
  result.observed = std::to_string(entries->size());
  if (entries->empty())
    return conclude_pass(result, "no errors in the journal since " + format_instant(scope.since));
  conclude_fail(result,
                plural(entries->size(), "error") + " in the journal since " + format_instant(scope.since) +
                    ", the last: " + printable(entries->back().message, 160),
                "wxctl logs, or journalctl --user -u " + query.units[1] + " -u " + query.units[0]);
}

void check_the_store(const BuiltinScope& scope, CheckResult& result) {
  const auto& store = scope.target.manifest.store;
  if (!store) return conclude_na(result, "the manifest names no store");
  if (auto checked = check_store(scope.target.ports, scope.target.layout, *store); !checked)
    return conclude_fail(result, checked.error().message, checked.error().remedy);
  conclude_pass(result,
                store_name(scope.target.layout, *store, BucketRole::main) + " can be read and written");
}

void check_disk_of(const BuiltinScope& scope, CheckResult& result) {
  check_disk(scope.target.ports, scope.target.layout, scope.target.manifest, result);
}

void check_linger_of(const BuiltinScope& scope, CheckResult& result) {
  check_linger(scope.target.ports, false, result);
}

void check_clock_of(const BuiltinScope& scope, CheckResult& result) {
  const auto ledger = scope.runs.read();
  if (!ledger) return conclude_skip(result, ledger.error());
  std::optional<WallTime> newest;
  for (const auto& run : ledger->runs) newest = std::max(newest.value_or(run.at), run.at);
  check_clock(scope.target.ports, newest, result);
}

// Also those that only work when something went wrong. Not all of them are there at all times.
void check_units(const BuiltinScope& scope, CheckResult& result) {
  const Manifest& manifest = scope.target.manifest;
  const Layout& layout = scope.target.layout;
  std::vector<std::string> names{manifest.service,
                                 instance_name(manifest.service, "blue"),
                                 instance_name(manifest.service, "green"),
                                 layout.resume_unit(),
                                 layout.deadman_service(),
                                 layout.deadman_timer()};
  if (manifest.timer) names.push_back(manifest.timer->unit);
  std::size_t seen = 0;
  result.threshold = "0";
  result.unit = "not understood";
  for (const auto& name : names) {
    const auto unit = scope.target.ports.systemd.unit(name);
    if (!unit) return conclude_skip(result, unit.error());
    if (unit->load_state == "not-found") continue;
    ++seen;
    if (unit->load_state == "loaded") continue;
    result.observed = "1";
    return conclude_fail(
        result, name + " is " + unit->load_state,
        unit->load_state == "masked" ? "systemctl --user unmask " + name : "systemctl --user status " + name);
  }
  result.observed = "0";
  conclude_pass(result, plural(seen, "unit") + " understood by systemd");
}

void check_config(const BuiltinScope& scope, CheckResult& result) {
  const auto& spec = scope.target.generation.slot(scope.target.slot);
  const Manifest& manifest = scope.target.manifest;
  if (!manifest.config || !spec || !spec->config_source) return conclude_na(result, "the app has no config");
  FileSystem& files = scope.target.ports.files;
  const std::string path = scope.target.layout.generation(scope.target.number) + "/" +
                           std::string(to_string(scope.target.slot)) + "/config";
  auto present = files.read(path, largest_config);
  if (!present) return conclude_fail(result, present.error().message, "wxctl rollback, or deploy again");
  const Variables variables = slot_variables(scope.target.layout, manifest, scope.target.generation.route,
                                             scope.target.slot, *spec, scope.target.number);
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [key, text] : manifest.config->set)
    values.emplace_back(key, expand(text, variables).value_or(""));
  auto wanted = yaml::set_values(path, *spec->config_source, values);
  if (!wanted) return conclude_fail(result, wanted.error().message, "mend the config and deploy again");
  if (*wanted != *present)
    return conclude_fail(result, path + " was changed by hand",
                         "change " + scope.target.layout.live_config() + " and deploy");
  auto live = files.info(scope.target.layout.live_config());
  if (live && (live->mode & 077) != 0) {
    result.status = CheckStatus::warn;
    result.message = scope.target.layout.live_config() + " can be read by others";
    result.remedy = "chmod 600 " + scope.target.layout.live_config();
    return;
  }
  conclude_pass(result, "the config in use is what was deployed");
}

void check_release(const BuiltinScope& scope, CheckResult& result) {
  const auto& spec = scope.target.generation.slot(scope.target.slot);
  if (!spec) return conclude_na(result, "no release is active");
  Releases releases(scope.target.ports, scope.target.layout);
  result.threshold = spec->release;
  if (auto verified = releases.verify(spec->release); !verified)
    return conclude_fail(result, verified.error().message, verified.error().remedy);
  result.observed = spec->release;
  conclude_pass(result, "release " + spec->version + " is unchanged on disk");
}

void check_deadman(const BuiltinScope& scope, CheckResult& result) {
  Leases leases(scope.target.ports, scope.target.layout);
  auto lease = leases.read();
  if (!lease) return conclude_skip(result, lease.error());
  result.observed = *lease ? "armed" : "not armed";
  if (!*lease) return conclude_pass(result, "no dead-man's switch is armed");
  if (!scope.rolling)
    return conclude_fail(result,
                         "a lease of " + (*lease)->rollout + " is armed although no rollout is in progress",
                         "wxctl rollback, or remove " + scope.target.layout.lease());
  if (leases.expired(**lease))
    return conclude_fail(result, "the lease of " + (*lease)->rollout + " has run out", "wxctl rollback");
  conclude_pass(result, "armed for " + (*lease)->rollout + " until " + format_instant((*lease)->expires_at));
}

struct Row {
  CheckDescription description;
  Check check;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {{"service", "unit files loaded"}, check_service},
      {{"last-run", "the last run succeeded"}, check_last_run},
      {{"timer", "the timer is active and enabled"}, check_timer},
      {{"journal-errors", "no errors in the journal"}, check_journal_errors},
      {{"memory", "runs stay within limits.memory"}, check_memory},
      {{"cpu", "runs stay within limits.cpu"}, check_cpu},
      {{"duration", "runs stay within limits.duration"}, check_duration},
      {{"uptime", "the timer's ticks had successful runs"}, check_uptime},
      {{"freshness", "there are new points"}, check_freshness},
      {{"loss", "successful runs left points"}, check_loss},
      {{"store", "the store can be read and written"}, check_the_store},
      {{"disk", "enough free disk"}, check_disk_of},
      {{"units", "systemd understands all units"}, check_units},
      {{"config", "the config is what was deployed"}, check_config},
      {{"release", "the release is what was checked"}, check_release},
      {{"drift", "files, units and the running program are what was deployed"}, check_drift},
      {{"deadman", "no forgotten dead-man's switch"}, check_deadman},
      {{"linger", "the user manager stays after logout"}, check_linger_of},
      {{"clock", "the clock is right"}, check_clock_of},
  };
  return table;
}

}  // namespace

const std::vector<CheckDescription>& builtin_checks() {
  static const std::vector<CheckDescription> list = [] {
    std::vector<CheckDescription> out;
    for (const auto& row : rows()) out.push_back(row.description);
    return out;
  }();
  return list;
}

CheckResult run_builtin_check(const BuiltinScope& scope, const std::string& id) {
  CheckResult result;
  result.id = id;
  const auto found =
      std::find_if(rows().begin(), rows().end(), [&](const Row& row) { return row.description.id == id; });
  if (found == rows().end()) {
    result.status = CheckStatus::skip;
    result.message = "there is no check " + id;
    return result;
  }
  result.title = found->description.title;
  const Threshold threshold = builtin_threshold(scope.target.manifest, id);
  result.threshold = threshold.value;
  result.unit = threshold.unit;
  found->check(scope, result);
  return result;
}

}  // namespace wx
