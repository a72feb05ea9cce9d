#include "orchestrator/engine/start_unit.hpp"

#include <algorithm>

namespace wx {

namespace {

constexpr Micros slice{250'000};
constexpr Micros start_poll{50'000};

bool at_rest(const UnitState& state) {
  return state.active_state == "inactive" || state.active_state == "failed";
}

}  // namespace

Result<JobResult> start_and_wait(Ports& ports, const std::string& unit, Micros limit,
                                 const std::function<Status()>& pulse) {
  const Micros deadline = ports.clock.monotonic() + limit;
  WX_LET(const JobResult job, ports.systemd.start(unit, std::min(slice, limit)));
  if (job == JobResult::lost)
    return Error{Code::unavailable, "the service manager went away while " + unit + " ran", "wxctl status"};
  if (job != JobResult::limit) return job;
  while (ports.clock.monotonic() < deadline) {
    WX_TRY(pulse());
    WX_LET(const UnitState state, ports.systemd.unit(unit));
    if (at_rest(state) && state.sub_state != "auto-restart")
      return state.result == "success" ? JobResult::done : JobResult::failed;
    ports.clock.sleep(start_poll);
  }
  return JobResult::limit;
}

}  // namespace wx
