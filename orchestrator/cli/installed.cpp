#include "orchestrator/cli/installed.hpp"

#include "common/core/files.hpp"
#include "orchestrator/engine/app_lock.hpp"

namespace wx {

namespace {

bool is_at_rest(const World& world, const std::string& unit) {
  const auto state = world.ports.systemd.unit(unit);
  return state && (state->active_state == "inactive" || state->active_state == "failed");
}

// Its engine, whoever comes after a crash, or a command that drives it itself and has noted so beside the
// lock.
bool is_unattended(const World& world, const Layout& layout) {
  if (!is_at_rest(world, layout.engine_unit()) || !is_at_rest(world, layout.resume_unit())) return false;
  const auto owner = lock_owner(world.ports.files, layout);
  return !owner || !exists(world.ports.files, "/proc/" + std::to_string(owner->pid));
}

}  // namespace

Result<Installed> read_installed(const World& world) {
  WX_LET(const std::string app, chosen_app(world));
  Installed out;
  out.manager = world.ports.systemd.version().has_value();
  out.layout = layout_of(world.places.home, app, "");
  if (out.manager) {
    WX_LET(out.layout, layout_for(world, app));
  }
  Generations generations(world.ports, out.layout);
  WX_LET(const auto number, generations.current_number());
  if (number) {
    out.number = *number;
    WX_LET(out.generation, generations.read(*number));
    const Route& route = out.generation->route;
    const auto slot = route.active ? route.active : route.candidate;
    if (slot && out.generation->slot(*slot)) {
      WX_LET(out.manifest, parse_manifest(out.layout.manifest(), out.generation->slot(*slot)->manifest_text));
    }
  }
  WX_LET(const auto rollouts, list_rollouts(world.ports.files, out.layout));
  for (const auto& view : rollouts)
    if (!out.last_rollout || (!view.ended() && out.last_rollout->ended())) out.last_rollout = view;
  out.unattended =
      out.manager && out.last_rollout && !out.last_rollout->ended() && is_unattended(world, out.layout);
  return out;
}

}  // namespace wx
