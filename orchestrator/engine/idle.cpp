#include "orchestrator/engine/idle.hpp"

namespace wx {

namespace {

constexpr Micros idle_poll{20'000};

}  // namespace

bool is_at_work(const UnitState& unit) {
  return unit.active_state == "activating" || unit.active_state == "deactivating" ||
         unit.active_state == "active";
}

Result<bool> idle_within(Ports& ports, const std::string& unit, Micros longest,
                         const std::function<Status()>& pulse) {
  const Micros deadline = ports.clock.monotonic() + longest;
  while (true) {
    WX_LET(const UnitState state, ports.systemd.unit(unit));
    if (!is_at_work(state)) return true;
    if (ports.clock.monotonic() >= deadline) return false;
    WX_TRY(pulse());
    ports.clock.sleep(idle_poll);
  }
}

}  // namespace wx
