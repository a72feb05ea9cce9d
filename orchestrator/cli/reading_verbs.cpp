// status, history, show: where things stand. They take no lock and change nothing.
#include <algorithm>
#include <cstdio>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/follow.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/signals.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/domain/shares.hpp"
#include "orchestrator/engine/hook_delivery.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/recent_runs.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr Micros between_looks{1'000'000};

json instant_or_null(const std::optional<WallTime>& time) {
  return time ? json(format_instant(*time)) : json(nullptr);
}
// Of the release that is in the slot now.
const Run* last_run(const Ledger& ledger, Slot slot, const SlotSpec& spec) {
  const Run* last = nullptr;
  for (const auto& run : ledger.runs)
    if (run.slot == to_string(slot) && run.release == spec.release && run.result) last = &run;
  return last;
}

json slot_json(const Generation& generation, const Manifest& manifest, const Ledger& ledger,
               const Installed& installed, Slot slot) {
  const auto& spec = generation.slot(slot);
  json out{{"release", nullptr},
           {"version", nullptr},
           {"bucket", nullptr},
           {"unit", instance_name(manifest.service, to_string(slot))},
           {"last_run", nullptr}};
  if (!spec) return out;
  out["release"] = spec->release;
  out["version"] = spec->version;
  out["bucket"] =
      text_or_null(slot_variables(installed.layout, manifest, generation.route, slot, *spec, installed.number)
                       .at("bucket"));
  if (const Run* run = last_run(ledger, slot, *spec))
    out["last_run"] = {{"at", format_instant(run->at, true)},
                       {"result", or_null(run->result)},
                       {"exit_status", or_null(run->exit_status)},
                       {"duration_ms", or_null(run->duration_ms)},
                       {"memory_peak_bytes", or_null(run->memory_peak_bytes)},
                       {"memory_source", run->memory_peak_bytes ? json("rusage") : json(nullptr)},
                       {"cpu_ms", or_null(run->cpu_ms)}};
  return out;
}

std::optional<WallTime> next_tick(const World& world, const TimerState& timer) {
  if (timer.next_realtime_us != 0 && timer.next_realtime_us != UINT64_MAX)
    return WallTime{Micros{static_cast<std::int64_t>(timer.next_realtime_us)}};
  if (timer.next_monotonic_us != 0 && timer.next_monotonic_us != UINT64_MAX)
    return world.ports.clock.now() +
           (Micros{static_cast<std::int64_t>(timer.next_monotonic_us)} - world.ports.clock.monotonic());
  return std::nullopt;
}

json timer_json(const World& world, const Manifest& manifest, bool manager) {
  if (!manifest.timer) return nullptr;
  json out{{"unit", manifest.timer->unit}, {"active", nullptr}, {"enabled", nullptr}, {"next", nullptr}};
  if (!manager) return out;
  if (auto unit = world.ports.systemd.unit(manifest.timer->unit)) {
    out["active"] = unit->active_state == "active";
    out["enabled"] = unit->file_state.starts_with("enabled");
  }
  if (auto timer = world.ports.systemd.timer(manifest.timer->unit))
    out["next"] = instant_or_null(next_tick(world, *timer));
  return out;
}

json rollout_json(const std::optional<RolloutView>& view) {
  if (!view) return nullptr;
  return {{"id", view->plan.id},
          {"strategy", view->plan.strategy},
          {"phase", view->phase},
          {"step", view->step ? json(*view->step + 1) : json(nullptr)},
          {"steps_total", view->plan.steps.size()},
          {"message", view->message},
          {"started", instant_or_null(view->started)},
          {"verdict", text_or_null(view->verdict)}};
}

json status_json(const World& world, const Installed& installed, const Ledger& ledger) {
  json out{{"app", installed.layout.app},
           {"scope", "user"},
           {"active", nullptr},
           {"candidate", nullptr},
           {"route", nullptr},
           {"slots", nullptr},
           {"timer", nullptr},
           {"rollout", rollout_json(installed.last_rollout)}};
  if (!installed.generation || !installed.manifest) return out;
  const Route& route = installed.generation->route;
  const auto slot_text = [](const std::optional<Slot>& slot) {
    return slot ? json(to_string(*slot)) : json(nullptr);
  };
  out["active"] = slot_text(route.active);
  out["candidate"] = slot_text(route.candidate);
  out["route"] = {{"active", slot_text(route.active)},
                  {"candidate", slot_text(route.candidate)},
                  {"percent", route.percent == static_cast<double>(static_cast<int>(route.percent))
                                  ? json(static_cast<int>(route.percent))
                                  : json(route.percent)},
                  {"mode", to_string(route.mode)}};
  out["slots"] = {
      {"blue", slot_json(*installed.generation, *installed.manifest, ledger, installed, Slot::blue)},
      {"green", slot_json(*installed.generation, *installed.manifest, ledger, installed, Slot::green)}};
  out["timer"] = timer_json(world, *installed.manifest, installed.manager);
  return out;
}

std::string told_run(const World& world, const Run& run) {
  const bool good = succeeded(run);
  const std::string result = run.result.value_or("running");
  return format_instant(run.at) + "  " +
         toned(world, !run.result ? Tone::dim : (good ? Tone::good : Tone::bad), result) +
         (run.duration_ms ? "  " + human_ms(*run.duration_ms) : "");
}

std::string slot_line(const World& world, const Generation& generation, const Ledger& ledger, Slot slot) {
  const auto& spec = generation.slot(slot);
  std::string name(to_string(slot));
  name.resize(7, ' ');
  if (!spec) return "  " + name + toned(world, Tone::dim, "empty");
  const std::string role = role_of(generation.route, slot);
  const Tone tone = role == "active" ? Tone::good : (role == "candidate" ? Tone::warn : Tone::dim);
  std::string line = "  " + name + toned(world, tone, role) + std::string(11 - role.size(), ' ') +
                     spec->version + "  " + toned(world, Tone::dim, spec->release);
  if (const Run* run = last_run(ledger, slot, *spec)) line += "  last run " + told_run(world, *run);
  return line;
}

std::string told_route(const Route& route) {
  if (!route.active) return "nobody yet";
  const std::string active(to_string(*route.active));
  const std::string share = percent_number(route.percent) + " %";
  if (route.candidate && route.mode == RouteMode::mirror)
    return "every run to " + active + ", followed by " + std::string(to_string(*route.candidate)) + " in " +
           share + " of them";
  if (route.candidate && route.mode == RouteMode::split)
    return share + " of the runs to " + std::string(to_string(*route.candidate)) + ", the others to " +
           active;
  return "every run to " + active;
}

void print_status(const World& world, const Installed& installed, const Ledger& ledger) {
  print_line(toned(world, Tone::strong, installed.layout.app));
  if (!installed.generation || !installed.manifest) {
    print_line("  nothing is deployed");
  } else {
    const Generation& generation = *installed.generation;
    for (const Slot slot : {Slot::blue, Slot::green}) print_line(slot_line(world, generation, ledger, slot));
    print_line("  route  " + told_route(generation.route));
    const json timer = timer_json(world, *installed.manifest, installed.manager);
    if (!timer.is_null()) {
      std::string line = "  timer  " + timer["unit"].get<std::string>() + " ";
      if (timer["active"].is_null()) {
        line += toned(world, Tone::warn, "unknown: the service manager does not answer");
      } else {
        line += timer["active"].get<bool>() ? toned(world, Tone::good, "active")
                                            : toned(world, Tone::bad, "inactive");
        line += timer["enabled"].get<bool>() ? ", enabled" : toned(world, Tone::bad, ", not enabled");
      }
      if (!timer["next"].is_null()) line += ", next " + timer["next"].get<std::string>();
      print_line(line);
    }
  }
  if (installed.last_rollout) {
    const RolloutView& view = *installed.last_rollout;
    std::string line = "  last   " + view.plan.id + "  " + view.plan.strategy + " to " +
                       view.plan.to.version + "\n         ";
    if (!view.ended() && view.step)
      line +=
          "step " + std::to_string(*view.step + 1) + " of " + std::to_string(view.plan.steps.size()) + ": ";
    print(line + closing_line(world, view));
  }
}

Result<Ledger> recent_ledger_of(const World& world, const Installed& installed) {
  if (!installed.manifest || !installed.generation) return Ledger{};
  return recent_runs(world.ports, installed.layout, *installed.manifest, *installed.generation);
}

// What waits for a person goes on with what the person says.
void tell_unattended(RolloutView& view) {
  view.message += "; nobody is at work on it";
  if (view.phase != "Paused") view.remedy = "wxctl resume to go on, or wxctl abort";
}

Result<Installed> show_status(const World& world, bool in_a_line) {
  WX_LET(Installed installed, read_installed(world));
  if (installed.unattended) tell_unattended(*installed.last_rollout);
  WX_LET(const Ledger ledger, recent_ledger_of(world, installed));
  if (!world.options.json)
    print_status(world, installed, ledger);
  else if (in_a_line)
    print_line(dump_line(status_json(world, installed, ledger)));
  else
    print_line(dump(status_json(world, installed, ledger)));
  return installed;
}

// Until a rollout that was seen in progress has ended.
Result<int> watch_status(const World& world) {
  const SignalsHeld signals;
  const bool redraw = world.terminal && !world.options.json;
  bool in_progress = false;
  while (true) {
    if (redraw) print(home_and_clear);
    WX_LET(const Installed installed, show_status(world, true));
    const auto& rollout = installed.last_rollout;
    if (in_progress && rollout && rollout->ended()) return rollout->exit.value_or(to_int(ExitStatus::done));
    in_progress = rollout && !rollout->ended();
    if (signals.came(between_looks)) return to_int(ExitStatus::interrupted);
    if (std::ferror(stdout) != 0) return to_int(ExitStatus::environment);  // nobody reads it any more
    if (!redraw && !world.options.json) print("\n");
  }
}

Result<int> status(const World& world, bool watch) {
  if (watch) return watch_status(world);
  WX_LET(const Installed installed, show_status(world, false));
  static_cast<void>(installed);
  return to_int(ExitStatus::done);
}

std::string reference(const std::optional<ReleaseRef>& release) {
  return release ? release->version : "-";
}

Result<int> history(World& world) {
  WX_LET(const std::string app, chosen_app(world));
  const Layout layout = layout_of(world.places.home, app, "");
  WX_LET(const auto rollouts, list_rollouts(world.ports.files, layout));
  json list = json::array();
  // Narrow: the id tells when it began, the outcome its last phase.
  std::vector<std::vector<std::string>> rows{{"rollout", "strategy", "from", "to", "outcome", "took"}};
  for (const auto& view : rollouts) {
    list.push_back({{"id", view.plan.id},
                    {"strategy", view.plan.strategy},
                    {"from", view.plan.from ? json(view.plan.from->version) : json(nullptr)},
                    {"to", view.plan.to.version},
                    {"phase", view.phase},
                    {"outcome", text_or_null(view.outcome)},
                    {"verdict", text_or_null(view.verdict)},
                    {"started", instant_or_null(view.started)},
                    {"finished", instant_or_null(view.finished)},
                    {"message", view.message}});
    rows.push_back({view.plan.id, view.plan.strategy, reference(view.plan.from), view.plan.to.version,
                    view.outcome.empty() ? view.phase : view.outcome,
                    view.finished && view.started
                        ? human_ms(std::chrono::duration_cast<Millis>(*view.finished - *view.started).count())
                        : "-"});
  }
  if (world.options.json)
    print_line(dump(list));
  else if (rows.size() == 1)
    print_line("no rollouts of " + app + " yet");
  else
    print(table(world, rows));
  return 0;
}

json deliveries_json(const std::vector<Delivery>& deliveries) {
  json list = json::array();
  for (const auto& delivery : deliveries)
    list.push_back({{"phase", delivery.phase},
                    {"hook", delivery.hook},
                    {"delivered", delivery.delivered},
                    {"attempts", delivery.attempts},
                    {"message", text_or_null(delivery.message)},
                    {"at", format_instant(delivery.at, true)}});
  return list;
}

void print_deliveries(const World& world, const std::vector<Delivery>& deliveries) {
  if (deliveries.empty()) return;
  const auto failed =
      std::count_if(deliveries.begin(), deliveries.end(), [](const Delivery& one) { return !one.delivered; });
  print_line("hooks: " + std::to_string(deliveries.size() - static_cast<std::size_t>(failed)) + " of " +
             std::to_string(deliveries.size()) + " told");
  for (const auto& delivery : deliveries)
    if (!delivery.delivered)
      print_line(toned(world, Tone::warn, "  not told of " + delivery.phase) + ": " + delivery.hook + ": " +
                 delivery.message);
}

Result<int> show_rollout(World& world, const std::string& id) {
  WX_LET(const std::string app, chosen_app(world));
  const Layout layout = layout_of(world.places.home, app, "");
  WX_LET(const RolloutView view, find_rollout(world.ports.files, layout, id));
  WX_LET(const std::string text, world.ports.files.read(layout.rollout(id) + "/journal", 64u << 20));
  WX_LET(const JournalContent content, parse_journal(text));
  WX_LET(const auto deliveries, read_deliveries(world.ports.files, layout, id));
  if (world.options.json) {
    json document = rollout_json(view);
    document["from"] = view.plan.from ? json(view.plan.from->version) : json(nullptr);
    document["to"] = view.plan.to.version;
    document["outcome"] = text_or_null(view.outcome);
    document["finished"] = instant_or_null(view.finished);
    document["switched_ms"] = or_null(view.switched_ms);
    document["verified_ms"] = or_null(view.verified_ms);
    document["evidence"] =
        exists(world.ports.files, layout.evidence(id)) ? json(layout.evidence(id)) : json(nullptr);
    document["hooks"] = deliveries_json(deliveries);
    document["events"] = json::array();
    for (const auto& record : content.records)
      document["events"].push_back({{"at", format_instant(record.at, true)},
                                    {"kind", record.kind},
                                    {"step", record.step ? json(*record.step + 1) : json(nullptr)},
                                    {"fields", record.fields}});
    print_line(dump(document));
    return 0;
  }
  for (const auto& record : content.records) print(progress_line(world, view.plan, record));
  print(closing_line(world, view));
  print_deliveries(world, deliveries);
  if (exists(world.ports.files, layout.evidence(id))) print_line("evidence: " + layout.evidence(id));
  return 0;
}

Result<int> overview(World& world) {
  WX_LET(const auto apps, known_apps(world));
  if (world.options.json) {
    json list = json::array();
    for (const auto& app : apps) {
      world.options.app = app;
      WX_LET(const Installed installed, read_installed(world));
      WX_LET(const Ledger ledger, recent_ledger_of(world, installed));
      list.push_back(status_json(world, installed, ledger));
    }
    print_line(dump(list));
    return 0;
  }
  if (apps.empty()) {
    print_line(
        "No app is installed yet. To start with:\n"
        "  wxctl preflight                    is this machine fit for it?\n"
        "  wxctl plan --strategy gradual      what would happen, without doing it\n"
        "  wxctl deploy --strategy gradual    do it\n"
        "wxctl init writes a manifest for a program of your own.");
    return 0;
  }
  for (const auto& app : apps) {
    world.options.app = app;
    WX_LET(const Installed installed, show_status(world, false));
    static_cast<void>(installed);
  }
  return 0;
}

}  // namespace

int verb_overview(World& world) {
  return told(world, overview(world));
}
int verb_status(World& world, bool watch) {
  return told(world, status(world, watch));
}
int verb_history(World& world) {
  return told(world, history(world));
}
int verb_show(World& world, const std::string& id) {
  return told(world, show_rollout(world, id));
}

}  // namespace wx
