#include "orchestrator/cli/installed.hpp"

#include "common/core/files.hpp"

namespace wx {

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
  return out;
}

}  // namespace wx
