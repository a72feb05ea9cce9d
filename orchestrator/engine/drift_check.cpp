#include "orchestrator/engine/drift_check.hpp"

#include <algorithm>

#include "common/core/text.hpp"
#include "orchestrator/engine/foreign.hpp"
#include "orchestrator/engine/open_rollout.hpp"
#include "orchestrator/engine/rollout_units.hpp"
#include "orchestrator/engine/running_program.hpp"

namespace wx {

namespace {

constexpr Micros moment{100'000};

void conclude(CheckResult& result, CheckStatus status, std::string message, std::string remedy = {}) {
  result.status = status;
  result.message = std::move(message);
  result.remedy = std::move(remedy);
}

// While no rollout is in progress only what runs need counts: what drives a rollout is written anew by the
// next one, and a rollback leaves the idle slot as it was.
bool runs_need(const Layout& layout, const Manifest& manifest, Slot active, const std::string& path) {
  const std::string idle = instance_name(manifest.service, to_string(other(active)));
  const std::string idle_check =
      instance_name(manifest.service, std::string(to_string(other(active))) + ".check");
  const std::string folder = base_name(parent_path(path));
  const std::string name = base_name(path);
  return name != layout.resume_unit() && name != layout.deadman_service() && name != layout.deadman_timer() &&
         folder != idle + ".d" && folder != idle_check + ".d";
}

Result<std::vector<ForeignFile>> drifted_files(Ports& ports, const Layout& layout,
                                               const std::string& rollout) {
  WX_LET(const auto written, recorded_units(ports.files, layout, rollout));
  if (!written)
    return Error{Code::undecided, rollout + " keeps no record of its unit files: an older wxctl made it",
                 "the next deployment makes one"};
  WX_LET(const auto opened, open_rollout(ports, layout, rollout, {}));
  return find_foreign(*opened);
}

Result<std::vector<ForeignFile>> drifted_files(const BuiltinScope& scope) {
  const CheckTarget& target = scope.target;
  if (scope.rolling) return drifted_files(target.ports, target.layout, *target.generation.route.rollout);
  return drifted_between_rollouts(target.ports, target.layout, target.manifest, target.generation.route);
}

Result<std::vector<std::string>> unread_units(const BuiltinScope& scope) {
  const Manifest& manifest = scope.target.manifest;
  std::vector<std::string> units{manifest.service,
                                 instance_name(manifest.service, to_string(scope.target.slot))};
  if (manifest.timer) units.push_back(manifest.timer->unit);
  std::vector<std::string> out;
  for (const auto& unit : units) {
    WX_LET(const UnitState state, scope.target.ports.systemd.unit(unit));
    if (state.need_daemon_reload) out.push_back(unit);
  }
  return out;
}

// A run ends in the generation it began with: after a cutover that may be another release of the slot.
Result<std::string> strange_program(const BuiltinScope& scope) {
  const std::string slot(to_string(scope.target.slot));
  const std::string unit = instance_name(scope.target.manifest.service, slot);
  std::string strange;
  // A process that the manager has just forked is not yet what it will be.
  for (int look = 0; look < 2; ++look) {
    if (look > 0) scope.target.ports.clock.sleep(moment);
    WX_LET(const auto program, running_program(scope.target.ports, unit));
    if (!program) return std::string{};
    WX_LET(const Ledger ledger, scope.runs.read());
    const auto run = std::find_if(ledger.runs.rbegin(), ledger.runs.rend(),
                                  [&](const Run& each) { return each.slot == slot; });
    if (run == ledger.runs.rend()) return std::string{};
    strange = not_of_release(*program, scope.target.layout, scope.target.layout.release(run->release));
    if (strange.empty()) return strange;
  }
  return strange;
}

}  // namespace

Result<std::vector<ForeignFile>> drifted_between_rollouts(Ports& ports, const Layout& layout,
                                                          const Manifest& manifest, const Route& route) {
  if (!route.rollout || !route.active) return std::vector<ForeignFile>{};
  WX_LET(auto files, drifted_files(ports, layout, *route.rollout));
  std::erase_if(
      files, [&](const ForeignFile& file) { return !runs_need(layout, manifest, *route.active, file.path); });
  return files;
}

void check_drift(const BuiltinScope& scope, CheckResult& result) {
  const auto& rollout = scope.target.generation.route.rollout;
  if (!rollout) return conclude(result, CheckStatus::na, "nothing was deployed by a rollout");
  const auto files = drifted_files(scope);
  if (!files) return conclude_skip(result, files.error());
  result.observed = std::to_string(files->size());
  if (!files->empty()) {
    // A person may edit the config and deploy it later; nothing else is theirs to change in passing.
    const bool to_be_deployed =
        !scope.rolling && std::all_of(files->begin(), files->end(),
                                      [](const auto& file) { return file.kind == FileKind::config; });
    return conclude(result, to_be_deployed ? CheckStatus::warn : CheckStatus::fail,
                    "not as " + *rollout + " left it: " + named(*files),
                    scope.rolling    ? "wxctl status"
                    : to_be_deployed ? "wxctl deploy brings it into effect; or put the file back"
                                     : "put it back; what is to stay belongs into the manifest, under unit:");
  }
  const auto unread = unread_units(scope);
  if (!unread) return conclude_skip(result, unread.error());
  if (!unread->empty())
    return conclude(result, CheckStatus::fail,
                    "systemd has not read " + join(*unread, ", ") + " as it is on the disk",
                    "systemctl --user daemon-reload");
  const auto strange = strange_program(scope);
  if (!strange) return conclude_skip(result, strange.error());
  if (!strange->empty())
    return conclude(result, CheckStatus::fail, *strange,
                    "systemctl --user cat " + scope.target.manifest.service + "; wxctl rollback");
  conclude(result, CheckStatus::pass, "files and units are as they were deployed");
}

}  // namespace wx
