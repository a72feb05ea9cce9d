#include "orchestrator/routing/outcome.hpp"

#include <csignal>

namespace wx {
namespace {

RunOutcome exited(int status, bool unit_succeeded) {
  if (unit_succeeded) return {status == 0 ? "success" : "degraded", status, {status, 0}};
  // A unit can fail although its main process ended with 0; the entry must fail then too.
  return {"failure", status, {status == 0 ? 1 : status, 0}};
}

RunOutcome timed_out() {
  return {"timeout", std::nullopt, {timeout_exit_status, 0}};
}

}  // namespace

RunOutcome judge(const UnitOutcome& unit) {
  if (unit.result == "timeout") return timed_out();
  if (unit.code == CLD_KILLED || unit.code == CLD_DUMPED)
    return {"signal", std::nullopt, {128 + unit.status, unit.status}};
  // A condition of the unit said no: systemd calls that job done, and so does the entry.
  if (unit.code == 0 && unit.result == "exec-condition") return {"failure", std::nullopt, {0, 0}};
  if (unit.code == 0) return {"failure", std::nullopt, {1, 0}};
  return exited(unit.status, unit.result == "success");
}

RunOutcome judge_by_record(const std::string& job, const std::optional<RanLine>& ran) {
  if (!ran)
    return job == "done" ? RunOutcome{"success", std::nullopt, {0, 0}}
                         : RunOutcome{"failure", std::nullopt, {1, 0}};
  if (ran->timed_out) return timed_out();
  if (ran->signal != 0) return {"signal", std::nullopt, {128 + ran->signal, ran->signal}};
  return exited(ran->exit_status, job.empty() ? ran->exit_status == 0 : job == "done");
}

}  // namespace wx
