// hooks: who is told of each change of phase.
#include <algorithm>

#include "common/core/duration.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/hook_delivery.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

using nlohmann::json;

Result<Manifest> manifest_with_hooks(World& world) {
  WX_LET(const std::string path, manifest_to_deploy(world));
  WX_LET(const std::string text, world.ports.files.read(path, largest_manifest));
  WX_LET(Manifest manifest, parse_manifest(path, text));
  if (manifest.hooks.empty())
    return Error{Code::invalid, path + " has no hooks",
                 R"(add hooks: {on_phase: [{exec: [notify-send, "${app}: ${phase}"]}]})"};
  return manifest;
}

Result<int> list(World& world) {
  WX_LET(const Manifest manifest, manifest_with_hooks(world));
  json document = json::array();
  std::vector<std::vector<std::string>> rows{{"hook", "phases", "time-out"}};
  for (const auto& hook : manifest.hooks) {
    document.push_back({{"hook", hook.name()},
                        {"kind", hook.exec.empty() ? "webhook" : "exec"},
                        {"phases", hook.phases.empty() ? phase_names() : hook.phases},
                        {"timeout_ms", std::chrono::duration_cast<Millis>(hook.timeout).count()}});
    rows.push_back({printable(hook.name(), 60), hook.phases.empty() ? "all" : join(hook.phases, " "),
                    format_duration(hook.timeout)});
  }
  print(world.options.json ? dump(document) + "\n" : table(world, rows));
  return 0;
}

HookEvent made_up(const World& world, const Manifest& manifest, const std::string& phase) {
  HookEvent event;
  event.event = "test";
  event.previous = "Progressing";
  event.at = world.ports.clock.now();
  event.view.phase = phase;
  event.view.message = "this is a test by wxctl hooks test: no rollout is meant";
  event.view.plan.id = "o-test";
  event.view.plan.app = manifest.name;
  event.view.plan.strategy = "test";
  event.view.plan.to.version = "test";
  return event;
}

Result<int> test(World& world, const std::string& phase) {
  const auto& phases = phase_names();
  if (std::find(phases.begin(), phases.end(), phase) == phases.end())
    return Error{Code::invalid, "there is no phase \"" + phase + "\"" + suggestion(phase, phases),
                 "one of " + join(phases, ", ")};
  WX_LET(const Manifest manifest, manifest_with_hooks(world));
  WX_LET(const Layout layout, layout_for(world, manifest.name));
  const HookTools tools{world.ports, layout, world.run, world.environment};
  const HookEvent event = made_up(world, manifest, phase);
  json document = json::array();
  bool all = true;
  for (const auto& hook : manifest.hooks) {
    if (!hook.wants(phase)) {
      if (!world.options.json) print_line("  not told of " + phase + ": " + hook.name());
      continue;
    }
    const Delivery delivery = try_hook(tools, manifest, hook, event);
    all = all && delivery.delivered;
    document.push_back({{"hook", delivery.hook},
                        {"delivered", delivery.delivered},
                        {"message", text_or_null(delivery.message)}});
    if (!world.options.json)
      print_line(toned(world, delivery.delivered ? Tone::good : Tone::bad,
                       delivery.delivered ? "  told" : "  FAILED") +
                 ": " + delivery.hook + (delivery.delivered ? "" : ": " + delivery.message));
  }
  if (world.options.json) print_line(dump(document));
  return to_int(all ? ExitStatus::done : ExitStatus::failed);
}

Result<int> deliver(World& world, const std::string& rollout) {
  WX_LET(const std::string app, chosen_app(world));
  const Layout layout = layout_of(world.places.home, app, "");
  WX_TRY(deliver_events({world.ports, layout, world.run, world.environment}, rollout));
  return 0;
}

}  // namespace

int verb_hooks_list(World& world) {
  return told(world, list(world));
}

int verb_hooks_test(World& world, const std::string& phase) {
  return told(world, test(world, phase));
}

int verb_hooks_deliver(World& world, const std::string& rollout) {
  return told(world, deliver(world, rollout));
}

}  // namespace wx
