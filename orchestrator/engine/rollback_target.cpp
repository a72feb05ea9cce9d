#include "orchestrator/engine/rollback_target.hpp"

#include "common/core/files.hpp"
#include "common/core/suggest.hpp"
#include "orchestrator/engine/backup.hpp"
#include "orchestrator/engine/before.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

namespace {

Result<RollbackTarget> backup_target(Ports& ports, const Layout& layout, const std::string& id) {
  Backups backups(ports, layout);
  WX_LET(const BackupInfo backup, backups.verify(id));
  WX_LET(const std::string text, ports.files.read(backup.path + "/generation.json", largest_record));
  WX_LET(const Generation generation, parse_generation(text));
  RollbackTarget target;
  target.spec = *generation.slot(*generation.route.active);
  target.source = backup.path + "/release";
  if (exists(ports.files, backup.path + "/state")) target.state = backup.path + "/state";
  return target;
}

}  // namespace

Result<RollbackTarget> find_rollback_target(Ports& ports, const Layout& layout, const std::string& name) {
  if (name.starts_with("b-")) return backup_target(ports, layout, name);
  std::vector<std::string> known;
  WX_LET(const auto rollouts, list_rollouts(ports.files, layout));
  for (const auto& rollout : rollouts) {
    const auto before = read_before(ports.files, layout.rollout(rollout.plan.id) + "/before");
    if (!before || !before->generation || !before->generation->route.active) continue;
    const SlotSpec& spec = *before->generation->slot(*before->generation->route.active);
    if (spec.release != name && spec.version != name) {
      known.push_back(spec.version);
      continue;
    }
    if (!exists(ports.files, layout.release(spec.release)))
      return Error{Code::failed, "release " + name + " (" + spec.release + ") is no longer stored here",
                   "deploy it: wxctl deploy --strategy gradual --release DIRECTORY; or from a backup: wxctl "
                   "backup list"};
    return RollbackTarget{spec, layout.release(spec.release), {}};
  }
  return Error{Code::not_found,
               "no release or backup \"" + name + "\" was ever active here" + suggestion(name, known),
               "wxctl history; wxctl backup list"};
}

Result<PreparedRollout> prepare_rollback_to(Ports& ports, const Layout& layout, const RollbackTarget& target,
                                            const std::string& id, const std::string& engine_dir,
                                            bool with_state) {
  Generations generations(ports, layout);
  WX_LET(const auto present, generations.current());
  PreparedRollout out;
  out.manifest_text = target.spec.manifest_text;
  WX_LET(out.manifest, parse_manifest(layout.manifest(), out.manifest_text));
  out.config_source = target.spec.config_source;
  Plan& plan = out.plan;
  plan.id = id;
  plan.app = layout.app;
  plan.strategy = "rollback";
  plan.created = ports.clock.now();
  plan.to = {target.spec.release, target.spec.version};
  plan.source = target.source;
  if (with_state) plan.state_source = target.state;
  plan.engine_dir = engine_dir;
  if (present && present->route.active) {
    plan.active = present->route.active;
    plan.target = other(*plan.active);
    const SlotSpec& active = *present->slot(*plan.active);
    plan.from = ReleaseRef{active.release, active.version};
  }
  for (const StepKind kind : {StepKind::install, StepKind::cutover, StepKind::confirm}) {
    StepSpec step;
    step.kind = kind;
    plan.steps.push_back(step);
  }
  return out;
}

}  // namespace wx
