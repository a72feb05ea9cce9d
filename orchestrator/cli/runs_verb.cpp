// runs: the ledger.

#include "common/core/duration.hpp"
#include "common/core/instant.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/run_log.hpp"

namespace wx {

namespace {

using nlohmann::json;

json ledger_run_json(const Run& run) {
  return {{"id", run.id},
          {"at", format_instant(run.at, true)},
          {"slot", run.slot},
          {"role", run.role},
          {"release", run.release},
          {"generation", run.generation},
          {"trigger", run.trigger},
          {"block", or_null(run.block)},
          {"position", or_null(run.position)},
          {"result", or_null(run.result)},
          {"exit_status", or_null(run.exit_status)},
          {"duration_ms", or_null(run.duration_ms)},
          {"memory_peak_bytes", or_null(run.memory_peak_bytes)},
          {"cpu_ms", or_null(run.cpu_ms)},
          {"fallback", run.fallback},
          {"mirror_of", or_null(run.mirror_of)},
          {"invocation", run.invocation.empty() ? json(nullptr) : json(run.invocation)}};
}

Result<Ledger> ledger_of(const World& world, const Installed& installed) {
  if (!installed.manifest) return Ledger{};
  RunLog log(world.ports, installed.layout, installed.manifest->service, installed.manifest->program.timeout);
  return log.read();
}

Result<int> runs(World& world, const std::string& since) {
  WX_LET(const Installed installed, read_installed(world));
  WX_LET(const Ledger ledger, ledger_of(world, installed));
  WallTime from{};
  if (!since.empty()) {
    auto window = parse_duration(since);
    if (!window) return std::move(window).error().with_context("--since");
    from = world.ports.clock.now() - *window;
  }
  json list = json::array();
  std::vector<std::vector<std::string>> rows{
      {"started", "slot", "role", "release", "trigger", "result", "exit", "took", "memory"}};
  for (const auto& run : ledger.runs) {
    if (run.at < from) continue;
    list.push_back(ledger_run_json(run));
    rows.push_back(
        {format_instant(run.at), run.slot, run.mirror_of ? run.role + " (mirror)" : run.role, run.release,
         run.trigger, run.result.value_or("running"),
         run.exit_status ? std::to_string(*run.exit_status) : "-",
         run.duration_ms ? human_ms(*run.duration_ms) : "-",
         run.memory_peak_bytes ? std::to_string(*run.memory_peak_bytes / 1'000'000) + " MB" : "-"});
  }
  if (world.options.json)
    print_line(dump(list));
  else if (rows.size() == 1)
    print_line("no runs" + (since.empty() ? std::string{} : " in the last " + since));
  else
    print(table(world, rows));
  return 0;
}

}  // namespace

int verb_runs(World& world, const std::string& since) {
  return told(world, runs(world, since));
}

}  // namespace wx
