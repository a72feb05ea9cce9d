#include "orchestrator/engine/doctor.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/diagnosis.hpp"
#include "orchestrator/domain/run_levels.hpp"
#include "orchestrator/engine/lease.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/machine_checks.hpp"
#include "orchestrator/engine/store_access.hpp"
#include "orchestrator/engine/timer_outlook.hpp"

namespace wx {

namespace {

constexpr std::uint64_t largest_unit = 1U << 20;
constexpr Millis store_answers_within{2'000};

// HostEvidence, and what of it could not be had: the ids of ailments with the reason.
struct Look {
  HostEvidence evidence;
  std::map<std::string, Error> unseen;
  std::map<std::string, std::string> beside_the_point;
};

std::string text_of(FileSystem& files, const std::string& path) {
  return files.read(path, largest_unit).value_or("");
}

std::vector<Override> overrides_of(const BuiltinScope& scope, const UnitState& unit) {
  FileSystem& files = scope.target.ports.files;
  std::string ours = text_of(files, unit.fragment_path);
  std::vector<std::string> foreign;
  for (const auto& path : unit.drop_in_paths)
    if (base_name(path) == "10-wxctl.conf")
      ours += "\n" + text_of(files, path);
    else
      foreign.push_back(path);
  std::vector<Override> out;
  for (const auto& path : foreign)
    if (auto keys = overridden_keys(ours, text_of(files, path)); !keys.empty())
      out.push_back({path, std::move(keys)});
  return out;
}

UnitEvidence evidence_of(const BuiltinScope& scope, const UnitState& unit) {
  return {unit.name,   unit.load_state,         unit.active_state,        unit.file_state,
          unit.result, unit.need_daemon_reload, overrides_of(scope, unit)};
}

void look_at_required(const BuiltinScope& scope, const UnitState& unit, Look& look) {
  for (const auto& name : unit.requires_units) {
    const auto needed = scope.target.ports.systemd.unit(name);
    if (needed) look.evidence.required.push_back({unit.name, name, needed->load_state, needed->active_state});
  }
}

void look_at_services(const BuiltinScope& scope, Look& look) {
  const std::string& entry = scope.target.manifest.service;
  for (const auto& name : {entry, instance_name(entry, to_string(scope.target.slot))}) {
    auto unit = scope.target.ports.systemd.unit(name);
    if (!unit) {
      for (const char* id : {"units", "masked", "reload", "overrides", "dependency", "start-limit"})
        look.unseen.emplace(id, unit.error());
      continue;
    }
    unit->name = name;
    look.evidence.services.push_back(evidence_of(scope, *unit));
    look_at_required(scope, *unit, look);
  }
}

void look_at_timer(const BuiltinScope& scope, Look& look) {
  const Manifest& manifest = scope.target.manifest;
  if (!manifest.timer) {
    for (const char* id : {"timer", "accuracy", "interval"})
      look.beside_the_point.emplace(id, "the app has no timer");
    return;
  }
  const std::string& name = manifest.timer->unit;
  auto unit = scope.target.ports.systemd.unit(name);
  if (!unit) {
    for (const char* id : {"timer", "accuracy", "interval"}) look.unseen.emplace(id, unit.error());
    return;
  }
  unit->name = name;
  TimerEvidence timer;
  timer.unit = evidence_of(scope, *unit);
  timer.drop_in_directory = scope.target.layout.unit_dir + "/" + name + ".d";
  if (const auto state = scope.target.ports.systemd.timer(name))
    timer.accuracy =
        Micros{static_cast<std::int64_t>(std::min<std::uint64_t>(state->accuracy_us, INT64_MAX))};
  else
    look.unseen.emplace("accuracy", state.error());
  const auto& spec = scope.target.generation.slot(scope.target.slot);
  const auto cadence =
      timer_outlook(scope.target.ports, manifest, spec ? scope.target.layout.release(spec->release) : "");
  if (cadence && *cadence) {
    timer.interval = (*cadence)->time_for(1);
  } else if (!cadence) {
    look.unseen.emplace("accuracy", cadence.error());
    look.unseen.emplace("interval", cadence.error());
  }
  look.evidence.timer = std::move(timer);
}

// What the ledger says; the newest begin of a run, for the clock.
std::optional<WallTime> look_at_runs(const BuiltinScope& scope, Look& look) {
  const auto ledger = scope.runs.read();
  if (!ledger) {
    look.unseen.emplace("lost-runs", ledger.error());
    look.unseen.emplace("interval", ledger.error());
    return std::nullopt;
  }
  std::optional<WallTime> newest;
  for (const auto& run : ledger->runs) {
    newest = std::max(newest.value_or(run.at), run.at);
    if (run.at >= scope.since && run.result == "lost") ++look.evidence.runs.lost;
  }
  const RunLevels levels = run_levels(ledger->runs, scope.target.slot, scope.since);
  look.evidence.runs.ended = levels.runs;
  if (levels.longest_ms) look.evidence.runs.longest = Millis{*levels.longest_ms};
  return newest;
}

// A unit of the system's manager: while it is active the manager keeps a link to its invocation, which
// anybody may read.
StoreUnitEvidence system_unit(FileSystem& files, const std::string& name) {
  StoreUnitEvidence out{name, false, true, "inactive"};
  if (files.info("/run/systemd/units/invocation:" + name)) out.active_state = "active";
  constexpr std::array<std::string_view, 4> places{"/etc/systemd/system/", "/run/systemd/system/",
                                                   "/lib/systemd/system/", "/usr/lib/systemd/system/"};
  out.there = out.active_state == "active" ||
              std::any_of(places.begin(), places.end(),
                          [&](std::string_view place) { return exists(files, std::string(place) + name); });
  return out;
}

void look_at_store(const BuiltinScope& scope, Look& look) {
  const auto& store = scope.target.manifest.store;
  Ports& ports = scope.target.ports;
  if (!store || store->unit.empty()) {
    look.beside_the_point.emplace("store-unit", "the manifest names no store.unit");
  } else if (const auto unit = ports.systemd.unit(store->unit); !unit) {
    look.unseen.emplace("store-unit", unit.error());
  } else if (unit->load_state == "not-found") {
    look.evidence.store_unit = system_unit(ports.files, store->unit);
  } else {
    look.evidence.store_unit = StoreUnitEvidence{store->unit, true, false, unit->active_state};
  }
  if (!store || store->kind == "sqlite") {
    look.beside_the_point.emplace("store-clock", "the store has no clock of its own");
    return;
  }
  HttpRequest request;
  request.url = store->active.url + "/ping";
  request.connect_timeout = store_answers_within;
  request.timeout = store_answers_within;
  const auto answer = ports.http.send(request);
  if (!answer) {
    look.unseen.emplace("store-clock", answer.error());
  } else if (!answer->date_s) {
    look.beside_the_point.emplace("store-clock", "the store does not say what time it is");
  } else {
    const WallTime theirs{std::chrono::seconds{*answer->date_s}};
    look.evidence.store_clock_ahead = theirs - ports.clock.now();
  }
}

void look_at_rollouts(const DoctorScope& scope, Look& look) {
  look.evidence.forsaken = scope.forsaken;
  const Layout& layout = scope.app.target.layout;
  const auto lease = Leases(scope.app.target.ports, layout).read();
  if (!lease) {
    look.unseen.emplace("lease", lease.error());
  } else if (*lease && !scope.app.rolling) {
    look.evidence.lease = LeaseEvidence{layout.lease(), (*lease)->rollout};
  }
}

CheckResult begin(const std::string& id, const std::string& title) {
  CheckResult result;
  result.id = id;
  result.title = title;
  return result;
}

CheckResult told(const Ailment& ailment, const Diagnosis& finding) {
  CheckResult result = begin(ailment.id, ailment.title);
  result.status = finding.weight == Weight::failure ? CheckStatus::fail : CheckStatus::warn;
  result.observed = finding.observed;
  result.threshold = finding.threshold;
  result.unit = finding.unit;
  result.message = finding.message;
  result.remedy = finding.remedy;
  return result;
}

void tell(const Look& look, std::vector<CheckResult>& out) {
  const auto findings = diagnose(look.evidence);
  for (const auto& ailment : ailments()) {
    const std::size_t before = out.size();
    for (const auto& finding : findings)
      if (finding.id == ailment.id) out.push_back(told(ailment, finding));
    if (out.size() > before) continue;
    CheckResult result = begin(ailment.id, ailment.title);
    if (const auto unseen = look.unseen.find(ailment.id); unseen != look.unseen.end())
      conclude_skip(result, unseen->second);
    else if (const auto aside = look.beside_the_point.find(ailment.id); aside != look.beside_the_point.end())
      conclude_na(result, aside->second);
    else
      conclude_pass(result, ailment.title);
    out.push_back(std::move(result));
  }
}

}  // namespace

std::vector<CheckResult> doctor_checks(const DoctorScope& scope) {
  const CheckTarget& target = scope.app.target;
  Look look;
  look_at_services(scope.app, look);
  look_at_timer(scope.app, look);
  const auto newest = look_at_runs(scope.app, look);
  look_at_store(scope.app, look);
  look_at_rollouts(scope, look);
  std::vector<CheckResult> out;
  tell(look, out);
  out.push_back(run_builtin_check(scope.app, "store"));
  out.push_back(begin("linger", "the user manager stays after logout"));
  check_linger(target.ports, false, out.back());
  out.push_back(begin("clock", "the clock is right"));
  check_clock(target.ports, newest, out.back());
  out.push_back(begin("disk", "enough free disk"));
  check_disk(target.ports, target.layout, target.manifest, out.back());
  out.push_back(begin("private", "secrets and config are readable by you alone"));
  check_private(target.ports, target.layout, target.manifest, out.back());
  // What the program itself measures, such as a breaker or its spool, the manifest's checks judge.
  for (const auto& spec : target.manifest.checks)
    if (!spec.metric.empty() || !spec.ratio.empty()) out.push_back(run_manifest_check(target, spec));
  return out;
}

}  // namespace wx
