#include "orchestrator/engine/forsaken.hpp"

#include "orchestrator/engine/lease.hpp"

namespace wx {

Result<std::optional<RolloutView>> forsaken_rollout(Ports& ports, const Layout& layout) {
  Leases leases(ports, layout);
  WX_LET(const auto lease, leases.read());
  if (!lease || !leases.expired(*lease)) return std::optional<RolloutView>{};
  WX_LET(auto running, rollout_in_progress(ports.files, layout));
  if (!running) WX_TRY(leases.end());
  if (running && !lease->rollout.empty() && lease->rollout != running->plan.id) running.reset();
  return running;
}

}  // namespace wx
