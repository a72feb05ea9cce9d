#include "orchestrator/cli/completion_values.hpp"

#include <set>

#include "common/core/instant.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/playbooks.hpp"
#include "orchestrator/engine/backup.hpp"
#include "orchestrator/engine/builtin_checks.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

namespace {

using Candidates = std::vector<Candidate>;

Result<Candidates> apps(World& world) {
  WX_LET(const auto names, known_apps(world));
  Candidates out;
  for (const auto& name : names) out.push_back({name, ""});
  return out;
}

Result<Candidates> rollouts(World& world) {
  WX_LET(const std::string app, chosen_app(world));
  WX_LET(const auto views, list_rollouts(world.ports.files, layout_of(world.places.home, app, "")));
  Candidates out;
  for (const auto& view : views)
    out.push_back({view.plan.id, view.plan.strategy + " to " + view.plan.to.version + ", " + view.phase});
  return out;
}

Result<Candidates> backups(World& world) {
  WX_LET(const std::string app, chosen_app(world));
  const Layout layout = layout_of(world.places.home, app, "");
  WX_LET(const auto all, Backups(world.ports, layout).list());
  Candidates out;
  for (const auto& backup : all) out.push_back({backup.id, backup.version + ", " + backup.created});
  return out;
}

// What was active once, and backups: as `rollback --to` takes them.
Result<Candidates> targets(World& world) {
  WX_LET(const std::string app, chosen_app(world));
  WX_LET(const auto views, list_rollouts(world.ports.files, layout_of(world.places.home, app, "")));
  Candidates out;
  std::set<std::string> seen;
  for (const auto& view : views)
    if (view.phase == "Healthy" && seen.insert(view.plan.to.version).second)
      out.push_back({view.plan.to.version, view.plan.to.id});
  if (auto kept = backups(world)) out.insert(out.end(), kept->begin(), kept->end());
  return out;
}

Result<Candidates> checks(World& world) {
  Candidates out;
  for (const auto& check : builtin_checks()) out.push_back({check.id, check.title});
  const auto installed = read_installed(world);
  if (installed && installed->manifest)
    for (const auto& check : installed->manifest->checks) out.push_back({check.id, "the app's own"});
  return out;
}

Result<Candidates> strategies(World& world) {
  Candidates out;
  for (const auto& name : shipped_playbooks(world)) out.push_back({name, ""});
  return out;
}

Result<Candidates> named(World& world, const std::string& name) {
  if (name == "app") return apps(world);
  if (name == "rollout" || name == "replay" || name == "accept") return rollouts(world);
  if (name == "backup") return backups(world);
  if (name == "to") return targets(world);
  if (name == "check") return checks(world);
  if (name == "strategy" || name == "playbook") return strategies(world);
  if (name == "slot") return Candidates{{"blue", ""}, {"green", ""}};
  if (name == "output") return Candidates{{"text", ""}, {"json", ""}};
  return Candidates{};
}

}  // namespace

std::vector<Candidate> values_now(World& world, const std::string& name) {
  auto found = named(world, name);
  return found ? *std::move(found) : Candidates{};
}

}  // namespace wx
