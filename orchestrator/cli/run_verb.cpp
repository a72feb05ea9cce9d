// run: one run by hand.
#include <nlohmann/json.hpp>

#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/run_log.hpp"
#include "orchestrator/engine/start_unit.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr Micros margin{30'000'000};

json run_json(const Run& run) {
  return {{"id", run.id},
          {"slot", run.slot},
          {"role", run.role},
          {"result", *run.result},
          {"exit_status", run.exit_status ? json(*run.exit_status) : json(nullptr)},
          {"duration_ms", run.duration_ms ? json(*run.duration_ms) : json(nullptr)}};
}

int tell_dry_run(const World& world, const std::string& unit) {
  print_line(world.options.json ? json{{"would_start", unit}}.dump(2) : "would start " + unit + " and wait for its run");
  return to_int(ExitStatus::done);
}

Result<int> run(World& world, const std::string& slot_name, bool dry_run) {
  WX_LET(const Installed installed, read_installed(world));
  if (!installed.generation || !installed.manifest)
    return Error{Code::impossible, "nothing is deployed for " + installed.layout.app, "wxctl deploy"};
  std::string unit = installed.manifest->service;
  if (!slot_name.empty()) {
    const auto slot = parse_slot(slot_name);
    if (!slot) return Error{Code::invalid, "--slot cannot be \"" + slot_name + "\"", "blue or green"};
    if (!installed.generation->slot(*slot)) return Error{Code::impossible, "slot " + slot_name + " is empty", "wxctl status"};
    unit = instance_name(unit, slot_name);
  }
  if (dry_run) return tell_dry_run(world, unit);
  RunLog log(world.ports, installed.layout, installed.manifest->service, installed.manifest->program.timeout);
  const WallTime since = world.ports.clock.now();
  const Program& program = installed.manifest->program;
  WX_LET(const JobResult job, start_and_wait(world.ports, unit, 2 * (program.timeout + program.stop) + margin, [] { return Status{}; }));
  WX_LET(const Ledger ledger, log.read());
  const Run* last = nullptr;
  // A start that comes while an activation is in progress is that activation's.
  for (const auto& one : ledger.runs)
    if (one.ended.value_or(one.at + Millis{one.duration_ms.value_or(0)}) >= since && !one.mirror_of && one.result && (slot_name.empty() || one.slot == slot_name)) last = &one;
  if (last == nullptr)
    return Error{Code::failed, "starting " + unit + " ended as " + std::string(to_string(job)) + ", and no run was recorded",
                 "journalctl --user -u " + unit + " -n 20"};
  const bool good = succeeded(*last);
  if (world.options.json) {
    print_line(run_json(*last).dump(2));
  } else {
    print_line(last->slot + " (" + last->role + "): " + *last->result +
               (last->exit_status && !good ? ", exit " + std::to_string(*last->exit_status) : "") +
               (last->duration_ms ? " after " + human_ms(*last->duration_ms) : "") +
               (good ? "" : "\n  -> journalctl --user -u " + instance_name(installed.manifest->service, last->slot) + " -n 20"));
  }
  return good ? 0 : to_int(ExitStatus::failed);
}

}  // namespace

int verb_run(World& world, const std::string& slot, bool dry_run) {
  return told(world, run(world, slot, dry_run));
}

}  // namespace wx
