#include "orchestrator/engine/open_rollout.hpp"

#include "common/core/files.hpp"
#include "orchestrator/engine/digest.hpp"
#include "orchestrator/engine/hook_delivery.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

Result<std::unique_ptr<RolloutContext>> open_rollout(Ports& ports, const Layout& layout,
                                                     const std::string& id, const UnitContext& units) {
  const std::string directory = layout.rollout(id);
  WX_LET(const std::string plan_text, ports.files.read(directory + "/plan.json", largest_plan));
  WX_LET(Plan plan, parse_plan(plan_text));
  WX_LET(std::string manifest_text, ports.files.read(directory + "/manifest.yaml", largest_manifest));
  WX_LET(Manifest manifest, parse_manifest(directory + "/manifest.yaml", manifest_text));
  WX_LET(auto config, read_if_present(ports.files, directory + "/config.yml", largest_config));
  WX_LET(RolloutJournal journal, RolloutJournal::open(ports.files, ports.clock, directory + "/journal"));
  const auto* header = journal.first("header");
  if (header == nullptr) return Error{Code::not_found, "rollout " + id + " was never begun"};
  if (header->field("plan_sha256") != sha256_hex(plan_text))
    return Error{Code::failed, "the plan of " + id + " was changed after the rollout began", "wxctl abort"};
  UnitContext pinned = units;
  if (!plan.engine_dir.empty()) pinned.engine_dir = plan.engine_dir;
  // NOLINTNEXTLINE(modernize-make-unique): clang 14 cannot make an aggregate from parentheses
  std::unique_ptr<RolloutContext> rollout(new RolloutContext{
      ports, layout, std::move(plan), std::move(manifest_text), std::move(manifest), std::move(config),
      std::move(pinned), std::move(journal), Generations(ports, layout), Releases(ports, layout)});
  tell_hooks_of(*rollout);
  return rollout;
}

}  // namespace wx
