#include "orchestrator/routing/router/execute.hpp"

#include <csignal>
#include <cstdlib>

#include "orchestrator/routing/ledger_lines.hpp"
#include "orchestrator/routing/router/environment.hpp"
#include "orchestrator/routing/router/program.hpp"

namespace wx {
namespace {

// The unit's time-out began when this process was forked, some milliseconds before it could look at the
// clock.
constexpr Micros timeout_slack{100'000};

Micros seconds(double value) {
  return Micros(static_cast<std::int64_t>(value * 1e6));
}

std::int64_t milliseconds(Micros value) {
  return std::chrono::duration_cast<Millis>(value).count();
}

std::string own_invocation() {
  const char* id = std::getenv("INVOCATION_ID");
  return id ? id : "";
}

Result<ProgramOrder> order_of(const AppPaths& paths, const Execution& execution, const SlotRun& run) {
  WX_LET(const auto environment, environment_of(paths, execution.generation, run));
  ProgramOrder order;
  order.argv = run.argv;
  order.cwd = run.cwd;
  order.environment = environment.entries();
  order.stop_grace = seconds(run.stop_s);
  if (execution.own_timeout) order.timeout = seconds(run.timeout_s);
  return order;
}

ProgramOutcome not_started(Error error) {
  ProgramOutcome outcome;
  outcome.exit_status = 126;
  outcome.error = std::move(error.message);
  return outcome;
}

}  // namespace

void record(const AppPaths& paths, const std::string& line) {
  if (paths.state.empty()) return;
  if (auto appended = append_line(paths.ledger(), line); !appended)
    say(Severity::warning, appended.error().message + "; going on without the record");
}

Ending execute(const AppPaths& paths, const Execution& execution, const SignalInbox& inbox) {
  const auto age = process_age();
  const auto since = monotonic_now();
  bool timed_out = false;

  const auto run = [&]() -> Result<ProgramOutcome> {
    WX_LET(const auto slot_run, read_slot_run(paths, execution.generation, execution.slot));
    WX_LET(const auto order, order_of(paths, execution, slot_run));
    return run_program(order, inbox, [&](int signal) {
      if (signal != SIGTERM) return;
      const auto elapsed = age + (monotonic_now() - since);
      timed_out = elapsed + timeout_slack >= seconds(slot_run.timeout_s);
      record(paths, render_term(execution.run, wall_now(), milliseconds(elapsed)));
    });
  };
  auto result = run();
  const auto outcome = result ? *std::move(result) : not_started(std::move(result).error());
  timed_out = timed_out || outcome.timed_out;
  if (!outcome.error.empty()) say(Severity::error, outcome.error);
  record(paths, render_ran({execution.run, wall_now(), outcome.exit_status, outcome.signal, timed_out,
                            milliseconds(outcome.duration), outcome.memory_peak_bytes, outcome.cpu_ms,
                            own_invocation()}));
  if (execution.own_timeout && timed_out) return {timeout_exit_status, 0};
  return {outcome.exit_status, outcome.signal};
}

}  // namespace wx
