#include "orchestrator/engine/clean.hpp"

#include "orchestrator/engine/flush.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/idle.hpp"

namespace wx {

Result<std::string> clean_idle_slot(Ports& ports, const Layout& layout, const std::function<Status()>& pulse) {
  Generations generations(ports, layout);
  WX_LET(auto generation, generations.current());
  if (!generation || !generation->route.active) return std::string("nothing is deployed: nothing to clean");
  const Slot idle = other(*generation->route.active);
  const std::string name(to_string(idle));
  if (generation->route.candidate == idle)
    return Error{Code::busy, name + " is on trial and cannot be cleaned", "wxctl abort"};
  if (!generation->slot(idle)) return name + " is empty already";
  WX_LET(const UnitState run, ports.systemd.unit(instance_name(generation->route.entry, name)));
  if (is_at_work(run))
    return Error{Code::impossible, "a run of " + name + " is in progress",
                 "the next rollout empties the slot; rollback --now stops such a run"};
  WX_TRY(flush_slot(ports, layout, idle, pulse));
  const SlotSpec removed = *generation->slot(idle);
  generation->slot(idle).reset();
  generation->route.predecessor.reset();
  WX_TRY(generations.commit(*generation));
  WX_TRY(ports.files.remove_tree(layout.slot_state(idle)));
  if (generation->slot(*generation->route.active)->release != removed.release)
    WX_TRY(ports.files.remove_tree(layout.release(removed.release)));
  return name + " is empty: " + removed.version + " and its state are removed";
}

}  // namespace wx
