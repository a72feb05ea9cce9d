#include "orchestrator/routing/router/exec_instance.hpp"

#include <csignal>
#include <optional>

#include "orchestrator/routing/ledger_lines.hpp"
#include "orchestrator/routing/router/exec_check.hpp"
#include "orchestrator/routing/router/execute.hpp"
#include "orchestrator/routing/router/hold.hpp"
#include "orchestrator/routing/router/tickets.hpp"

namespace wx {
namespace {

constexpr Micros hold_bound{30'000'000};

// What this start is for, with the generation pinned when that was possible.
struct Assignment {
  Execution execution;
  Fd pin;
};

Fd try_pin(const AppPaths& paths, std::uint64_t generation) {
  auto pin = pin_generation(paths, generation);
  // A damaged generation is run all the same: its run.json decides.
  if (pin) return *std::move(pin);
  say(Severity::warning, pin.error().message + "; going on without the lock");
  return {};
}

Run begin_by_hand(const AppPaths& paths, const Execution& execution) {
  Run begin;
  begin.id = execution.run;
  begin.at = wall_now();
  begin.slot = to_string(execution.slot);
  begin.generation = execution.generation;
  begin.trigger = "manual";
  if (const auto run = read_slot_run(paths, execution.generation, execution.slot)) {
    begin.role = run->role;
    begin.release = run->release;
  }
  if (const auto source = read_route(paths); source && !source->degraded) {
    begin.rollout = source->route.rollout;
  } else {
    begin.degraded = true;
  }
  return begin;
}

// Nobody announced this start: a run by hand of what is current.
Result<Assignment> assign_by_hand(const AppPaths& paths, Slot slot, const SignalInbox& inbox) {
  const auto hold = share_hold(paths, hold_bound, inbox);
  if (hold.stopped) return Error{Code::interrupted, "stopped before the program was started", {}};
  WX_LET(const auto generation, current_generation(paths));
  Assignment assignment{{new_run_id(), generation, slot}, try_pin(paths, generation)};
  record(paths, render_begin(begin_by_hand(paths, assignment.execution)));
  return assignment;
}

Result<Assignment> assign(const AppPaths& paths, const std::string& instance, Slot slot,
                          const SignalInbox& inbox) {
  const auto ticket = read_valid_ticket(paths, instance);
  if (!ticket || ticket->check || ticket->slot != to_string(slot)) {
    remove_ticket(paths, instance);
    return assign_by_hand(paths, slot, inbox);
  }
  Assignment assignment{{ticket->run, ticket->generation, slot}, try_pin(paths, ticket->generation)};
  remove_ticket(paths, instance);  // tells the router that the generation is pinned
  return assignment;
}

}  // namespace

Ending exec_instance(const std::string& data, const std::string& instance) {
  const SignalInbox inbox{SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};
  const auto paths = find_app(data);
  constexpr std::string_view check_suffix = ".check";
  const bool is_check = instance.ends_with(check_suffix);
  const auto slot =
      parse_slot(is_check ? instance.substr(0, instance.size() - check_suffix.size()) : instance);
  if (!slot) {
    say(Severity::error, "\"" + instance + "\" is neither blue nor green nor a check of one of them");
    return {to_int(ExitStatus::bad_input), 0};
  }
  if (is_check) return exec_check(paths, instance, inbox);
  auto assignment = assign(paths, instance, *slot, inbox);
  if (!assignment) {
    say(Severity::error, assignment.error().message);
    if (assignment.error().code == Code::interrupted) return {128 + SIGTERM, SIGTERM};
    return {to_int(exit_status(assignment.error().code)), 0};
  }
  return execute(paths, assignment->execution, inbox);
}

}  // namespace wx
