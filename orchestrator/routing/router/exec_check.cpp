#include "orchestrator/routing/router/exec_check.hpp"

#include "orchestrator/routing/router/environment.hpp"
#include "orchestrator/routing/router/hold.hpp"
#include "orchestrator/routing/router/program.hpp"
#include "orchestrator/routing/router/tickets.hpp"

namespace wx {
namespace {

// The slot's own environment and secrets when its generation has that slot, then what the order adds.
Result<Environment> check_environment(const AppPaths& paths, const Ticket& ticket) {
  auto environment = Environment::inherited();
  const auto slot = parse_slot(ticket.slot).value_or(Slot::blue);
  if (const auto run = read_slot_run(paths, ticket.generation, slot)) {
    WX_LET(environment, environment_of(paths, ticket.generation, *run));
  }
  for (const auto& [key, value] : ticket.check->env) environment.set(key, value);
  return environment;
}

Result<ProgramOutcome> run_check(const AppPaths& paths, const Ticket& ticket, const SignalInbox& inbox) {
  WX_LET(const auto environment, check_environment(paths, ticket));
  ProgramOrder order;
  order.argv = ticket.check->argv;
  order.cwd = ticket.check->cwd.empty() ? "/" : ticket.check->cwd;
  order.environment = environment.entries();
  order.timeout = Millis(ticket.check->timeout_ms);
  order.own_group = true;
  order.keep_tail = true;
  return run_program(order, inbox, [](int) {});
}

CheckOutcome report_of(Result<ProgramOutcome> result) {
  const auto milliseconds = [](Micros value) { return std::chrono::duration_cast<Millis>(value).count(); };
  CheckOutcome report;
  if (!result) {
    report.exit_status = 126;
    report.error = result.error().message;
    return report;
  }
  report.exit_status = result->exit_status;
  report.signal = result->signal;
  report.timed_out = result->timed_out;
  report.duration_ms = milliseconds(result->duration);
  report.memory_peak_bytes = result->memory_peak_bytes;
  report.cpu_ms = result->cpu_ms;
  report.error = result->error;
  report.tail = result->tail;
  return report;
}

}  // namespace

Ending exec_check(const AppPaths& paths, const std::string& instance, const SignalInbox& inbox) {
  const auto ticket = read_valid_ticket(paths, instance);
  if (!ticket || !ticket->check) {
    remove_ticket(paths, instance);
    say(Severity::error, "no order for the check " + instance + ": checks are started by wxctl only");
    return {to_int(ExitStatus::bad_input), 0};
  }
  const auto pin =
      pin_generation(paths, ticket->generation);  // absent for a release that no generation has yet
  remove_ticket(paths, instance);
  const auto report = report_of(run_check(paths, *ticket, inbox));
  if (!report.error.empty()) say(Severity::error, report.error);
  if (auto written = write_file(ticket->check->output, render_check_outcome(report), 0600, false); !written) {
    say(Severity::error, written.error().message);
    return {to_int(ExitStatus::environment), 0};
  }
  if (report.timed_out) return {timeout_exit_status, 0};
  return {report.exit_status, report.signal};
}

}  // namespace wx
