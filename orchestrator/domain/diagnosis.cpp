#include "orchestrator/domain/diagnosis.hpp"

#include <algorithm>
#include <array>

#include "common/core/duration.hpp"
#include "common/core/text.hpp"

namespace wx {

namespace {

constexpr Micros clocks_apart{30'000'000};

using Diagnoses = std::vector<Diagnosis>;

std::string manager() {
  return "systemctl --user ";
}

std::vector<const UnitEvidence*> all_units(const HostEvidence& evidence) {
  std::vector<const UnitEvidence*> out;
  for (const auto& unit : evidence.services) out.push_back(&unit);
  if (evidence.timer) out.push_back(&evidence.timer->unit);
  return out;
}

void look_for_masks(const HostEvidence& evidence, Diagnoses& out) {
  for (const auto* unit : all_units(evidence))
    if (unit->load_state == "masked")
      out.push_back({"masked", Weight::failure, "masked", "loaded", "",
                     unit->name + " is masked: it cannot be started", manager() + "unmask " + unit->name});
}

void look_for_missing(const HostEvidence& evidence, Diagnoses& out) {
  for (const auto* unit : all_units(evidence)) {
    if (unit->load_state == "loaded" || unit->load_state == "masked") continue;
    const bool gone = unit->load_state == "not-found";
    out.push_back({"units", Weight::failure, unit->load_state, "loaded", "",
                   gone ? unit->name + " has no file"
                        : unit->name + " is " + unit->load_state + ": systemd does not understand its file",
                   gone ? "wxctl validate --check drift" : manager() + "status " + unit->name});
  }
}

void look_for_reload(const HostEvidence& evidence, Diagnoses& out) {
  for (const auto* unit : all_units(evidence))
    // Of a masked unit systemd says that too, and no reload changes it.
    if (unit->need_daemon_reload && unit->load_state != "masked") {
      out.push_back({"reload", Weight::failure, "changed", "read", "",
                     unit->name + " was changed on disk after systemd read it", manager() + "daemon-reload"});
      return;
    }
}

void look_for_overrides(const HostEvidence& evidence, Diagnoses& out) {
  for (const auto* unit : all_units(evidence))
    for (const auto& drop_in : unit->overrides) {
      const bool command = std::any_of(drop_in.keys.begin(), drop_in.keys.end(), [](const std::string& key) {
        return key.starts_with("Exec") || key == "Type" || key == "Unit";
      });
      out.push_back({"overrides", command ? Weight::failure : Weight::warning, join(drop_in.keys, " "), "",
                     "",
                     drop_in.path + " says anew what wxctl's unit says (" + join(drop_in.keys, ", ") +
                         "); what is to stay belongs into the manifest",
                     "mv " + drop_in.path + " " + drop_in.path + ".off && " + manager() + "daemon-reload"});
    }
}

void look_for_dependencies(const HostEvidence& evidence, Diagnoses& out) {
  for (const auto& needed : evidence.required) {
    const bool gone = needed.load_state != "loaded";
    if (!gone && needed.active_state != "failed") continue;
    const std::string state = gone ? needed.load_state : needed.active_state;
    std::string remedy = manager() + (needed.load_state == "masked" ? "unmask " : "restart ") + needed.name;
    if (gone && needed.load_state != "masked") remedy = manager() + "list-dependencies " + needed.by;
    out.push_back({"dependency", Weight::failure, state, "active", "",
                   needed.by + " requires " + needed.name + ", which is " + state, remedy});
  }
}

void look_for_start_limit(const HostEvidence& evidence, Diagnoses& out) {
  for (const auto* unit : all_units(evidence))
    if (unit->result == "start-limit-hit")
      out.push_back(
          {"start-limit", Weight::failure, unit->result, "", "",
           unit->name + " was started too often within too short a time, and is not started any more",
           manager() + "reset-failed " + unit->name});
}

void look_at_timer(const HostEvidence& evidence, Diagnoses& out) {
  if (!evidence.timer || evidence.timer->unit.load_state != "loaded") return;
  const UnitEvidence& timer = evidence.timer->unit;
  const std::string observed = timer.active_state + ", " + timer.file_state;
  if (timer.active_state != "active")
    out.push_back({"timer", Weight::failure, observed, "active, enabled", "",
                   timer.name + " is " + timer.active_state + ": nothing starts the runs",
                   manager() + (timer.active_state == "failed" ? "restart " : "enable --now ") + timer.name});
  else if (!timer.file_state.starts_with("enabled"))
    out.push_back({"timer", Weight::failure, observed, "active, enabled", "",
                   timer.name + " is " + timer.file_state + ": it does not come back after a reboot",
                   manager() + "enable " + timer.name});
}

std::string milliseconds(Micros time) {
  return std::to_string(time.count() / 1000);
}

void look_at_accuracy(const HostEvidence& evidence, Diagnoses& out) {
  if (!evidence.timer || !evidence.timer->accuracy || !evidence.timer->interval) return;
  const TimerEvidence& timer = *evidence.timer;
  if (*timer.accuracy <= *timer.interval) return;
  const std::string file = timer.drop_in_directory + "/accuracy.conf";
  out.push_back({"accuracy", Weight::warning, milliseconds(*timer.accuracy), milliseconds(*timer.interval),
                 "ms",
                 timer.unit.name + " may be late by " + format_duration(*timer.accuracy) +
                     " (AccuracySec=), and elapses every " + format_duration(*timer.interval) +
                     ": ticks merge; say AccuracySec: 1ms in the manifest's timer too",
                 "mkdir -p " + timer.drop_in_directory + " && printf '[Timer]\\nAccuracySec=1ms\\n' >" +
                     file + " && " + manager() + "daemon-reload"});
}

void look_at_runs(const HostEvidence& evidence, Diagnoses& out) {
  const RunEvidence& runs = evidence.runs;
  if (runs.lost > 0)
    out.push_back({"lost-runs", Weight::warning, std::to_string(runs.lost), "0", "runs",
                   "nobody saw the end of " + plural(runs.lost, "run") +
                       ": the machine or the user manager went down meanwhile",
                   "wxctl runs --since 24h"});
  if (runs.longest && evidence.timer && evidence.timer->interval && *runs.longest > *evidence.timer->interval)
    out.push_back({"interval", Weight::warning, milliseconds(*runs.longest),
                   milliseconds(*evidence.timer->interval), "ms",
                   "a run took " + format_duration(*runs.longest) + ", longer than the " +
                       format_duration(*evidence.timer->interval) + " between two elapses: ticks merge",
                   "wxctl runs --since 24h"});
}

void look_at_rollouts(const HostEvidence& evidence, Diagnoses& out) {
  if (evidence.forsaken)
    out.push_back({"leftover", Weight::failure, *evidence.forsaken, "", "",
                   "rollout " + *evidence.forsaken + " is in progress, and nobody is at work on it",
                   "wxctl abort"});
  if (evidence.lease)
    out.push_back({"lease", Weight::failure, "armed", "not armed", "",
                   "a dead-man's lease" +
                       (evidence.lease->rollout.empty() ? std::string{} : " of " + evidence.lease->rollout) +
                       " is armed, although no rollout is in progress",
                   "rm " + evidence.lease->path});
}

void look_at_store(const HostEvidence& evidence, Diagnoses& out) {
  if (const auto& unit = evidence.store_unit; unit && unit->active_state != "active") {
    const std::string state = unit->there ? unit->active_state : "not there";
    const std::string systemctl = unit->of_system ? "sudo systemctl " : manager();
    std::string remedy = systemctl + (unit->active_state == "failed" ? "restart " : "start ") + unit->name;
    if (!unit->there) remedy = "systemctl list-unit-files '*" + unit->name + "*'";
    out.push_back({"store-unit", Weight::failure, state, "active", "",
                   unit->name + ", which the manifest names as store.unit, is " + state, remedy});
  }
  if (const auto& ahead = evidence.store_clock_ahead; ahead && std::chrono::abs(*ahead) > clocks_apart)
    out.push_back({"store-clock", Weight::warning, milliseconds(*ahead), milliseconds(clocks_apart), "ms",
                   "the store's clock is " + format_duration(std::chrono::abs(*ahead)) +
                       (*ahead > Micros::zero() ? " ahead of" : " behind") + " this machine's",
                   "timedatectl timesync-status"});
}

}  // namespace

const std::vector<Ailment>& ailments() {
  static const std::vector<Ailment> list{
      {"units", "unit files are there and understood"},
      {"masked", "no unit is masked"},
      {"reload", "systemd has read what is on disk"},
      {"overrides", "no drop-in overrides wxctl's units"},
      {"dependency", "what the units require is there"},
      {"start-limit", "no start limit was hit"},
      {"timer", "the timer is active and enabled"},
      {"accuracy", "the timer is more accurate than its interval"},
      {"interval", "runs are shorter than the timer's interval"},
      {"lost-runs", "the end of every run was seen"},
      {"leftover", "no rollout was left behind"},
      {"lease", "no forgotten dead-man's lease"},
      {"store-unit", "the store's unit is active"},
      {"store-clock", "the store's clock agrees"},
  };
  return list;
}

std::vector<Diagnosis> diagnose(const HostEvidence& evidence) {
  Diagnoses out;
  look_for_missing(evidence, out);
  look_for_masks(evidence, out);
  look_for_reload(evidence, out);
  look_for_overrides(evidence, out);
  look_for_dependencies(evidence, out);
  look_for_start_limit(evidence, out);
  look_at_timer(evidence, out);
  look_at_accuracy(evidence, out);
  look_at_runs(evidence, out);
  look_at_rollouts(evidence, out);
  look_at_store(evidence, out);
  return out;
}

std::vector<std::string> overridden_keys(std::string_view ours, std::string_view theirs) {
  // How coarse a timer may be is looked at by itself.
  constexpr std::array<std::string_view, 8> harmless{
      "Environment", "After", "Before", "Wants", "Requires", "Documentation", "OnFailure", "AccuracySec"};
  const auto keys = [](std::string_view text) {
    std::vector<std::string> out;
    for (const auto& line : split(text, '\n')) {
      const std::string_view content = trim(line);
      const auto equals = content.find('=');
      if (content.empty() || content.front() == '#' || content.front() == ';' ||
          equals == std::string_view::npos)
        continue;
      std::string key(trim(content.substr(0, equals)));
      if (std::find(out.begin(), out.end(), key) == out.end()) out.push_back(std::move(key));
    }
    return out;
  };
  const auto own = keys(ours);
  auto out = keys(theirs);
  std::erase_if(out, [&](const std::string& key) {
    return std::find(harmless.begin(), harmless.end(), key) != harmless.end() ||
           std::find(own.begin(), own.end(), key) == own.end();
  });
  return out;
}

}  // namespace wx
