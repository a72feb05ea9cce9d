#include "orchestrator/engine/closure.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

Status start_dependents(RolloutContext& rollout, const Surroundings& before,
                        std::vector<std::string>& wrong) {
  Systemd& systemd = rollout.ports.systemd;
  for (const auto& name : before.dependents) {
    WX_LET(const UnitState state, systemd.unit(name));
    if (state.active_state == "active") continue;
    if (state.load_state == "not-found") {
      WX_TRY(rollout.note(name + " was active before and is not there any more"));
      continue;
    }
    auto job = systemd.start(name, job_wait);
    if (!job && job.error().code == Code::unavailable) return std::move(job).error();
    WX_LET(const UnitState now, systemd.unit(name));
    if (now.active_state == "active")
      WX_TRY(rollout.note(name + " had gone down with a unit that it needs: it is active again"));
    else
      wrong.push_back(
          name + " was active before and is " + now.active_state +
          (job ? ", its job ended as " + std::string(to_string(*job)) : ", " + job.error().message));
  }
  return {};
}

// A stamp of a timer that is gone would let the next timer of that name catch up on what nobody missed.
Status forget_stamps(RolloutContext& rollout, const UnitSnapshot& restored, const Surroundings& before) {
  for (const auto& [name, content] : restored.files) {
    if (content || !name.ends_with(".timer")) continue;
    const std::string stamp = timer_stamp(rollout.layout, name);
    const bool was_there =
        std::find(before.stamps.begin(), before.stamps.end(), stamp) != before.stamps.end();
    if (was_there || !exists(rollout.ports.files, stamp)) continue;
    WX_TRY(rollout.ports.files.remove_file(stamp));
    WX_TRY(rollout.ports.files.sync_directory(parent_path(stamp)));
  }
  return {};
}

Status compare_files(RolloutContext& rollout, const UnitSnapshot& restored, std::vector<std::string>& wrong) {
  for (const auto& [name, content] : restored.files) {
    WX_LET(const auto present, read_unit_file(rollout.ports.files, rollout.layout.unit_dir + "/" + name));
    if (present != content)
      wrong.push_back(name + (content ? " is not what it was before" : " is still there"));
  }
  return {};
}

Status compare_states(RolloutContext& rollout, const UnitSnapshot& restored,
                      std::vector<std::string>& wrong) {
  for (const auto& [name, state] : restored.states) {
    WX_LET(const UnitState now, rollout.ports.systemd.unit(name));
    const bool enabled = now.file_state.starts_with("enabled");
    if (enabled != state.enabled)
      wrong.push_back(name + " is " + (enabled ? "enabled" : "not enabled") + ", unlike before");
    if (name.ends_with(".timer") && (now.active_state == "active") != state.active)
      wrong.push_back(name + " is " + now.active_state + ", unlike before");
    if (now.need_daemon_reload) wrong.push_back("systemd has not read " + name + " as it is on the disk");
  }
  return {};
}

}  // namespace

Status settle_closure(RolloutContext& rollout, const UnitSnapshot& restored,
                      const std::optional<Surroundings>& before) {
  std::vector<std::string> wrong;
  WX_TRY(sync_unit_links(rollout.ports, rollout.layout));
  if (before) {
    WX_TRY(start_dependents(rollout, *before, wrong));
    WX_TRY(forget_stamps(rollout, restored, *before));
  }
  WX_TRY(compare_files(rollout, restored, wrong));
  WX_TRY(compare_states(rollout, restored, wrong));
  if (wrong.empty()) return {};
  return Error{Code::failed, join(wrong, "; "),
               "systemctl --user status " + rollout.manifest.service + "; wxctl rollback tries again"};
}

}  // namespace wx
