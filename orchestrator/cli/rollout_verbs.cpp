// deploy, plan, engine: starting and driving rollouts.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "common/yaml/merge.hpp"
#include "orchestrator/cli/asking.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/follow.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/deploy.hpp"
#include "orchestrator/engine/engine.hpp"
#include "orchestrator/engine/lease.hpp"
#include "orchestrator/engine/preflight.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::int64_t start_wait_ms = 5'000;
constexpr std::int64_t stand_by_ms = 600'000;

Result<std::vector<std::pair<std::string, std::string>>> parse_settings(
    const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return Error{Code::invalid, "--set takes name=value, not \"" + text + "\"", "such as --set soak=10m"};
    out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

Result<std::string> playbook_file(const World& world, const DeployOptions& options) {
  if (!options.playbook.empty()) return absolute(world, options.playbook);
  if (options.strategy.empty())
    return Error{Code::invalid, "no strategy was named", "wxctl deploy --strategy gradual, blue-green or canary"};
  const std::string directory = world.places.share + "/playbooks";
  const std::string path = directory + "/" + options.strategy + ".yaml";
  if (options.strategy.find('/') == std::string::npos && exists(world.ports.files, path)) return path;
  std::vector<std::string> known;
  if (auto names = world.ports.files.list(directory))
    for (const auto& name : *names)
      if (name.ends_with(".yaml")) known.push_back(name.substr(0, name.size() - 5));

  return Error{Code::invalid,
               "there is no strategy \"" + options.strategy + "\"" + suggestion(options.strategy, known),
               "or give a file with --playbook"};
}

struct Prepared {
  Layout layout;
  DeployRequest request;
  PreparedRollout rollout;
};

Result<Prepared> prepare(World& world, const DeployOptions& options) {
  Prepared out;
  WX_LET(out.request.manifest_file, manifest_to_deploy(world));
  WX_LET(const std::string app, app_of_manifest(world.ports.files, out.request.manifest_file));
  if (!world.options.app.empty() && world.options.app != app)
    return Error{Code::invalid, "--app " + world.options.app + ", but " + out.request.manifest_file +
                                    " is the manifest of " + app};
  WX_LET(out.request.playbook_file, playbook_file(world, options));
  WX_LET(out.request.settings, parse_settings(options.settings));
  WX_LET(out.layout, layout_for(world, app));
  out.request.id = new_rollout_id(world);
  out.request.release = absolute(world, options.release);
  out.request.config_file = absolute(world, options.config);
  out.request.auto_confirm = options.auto_confirm;
  out.request.force = options.force;
  WX_LET(out.rollout, prepare_deploy(world.ports, out.layout, out.request));
  return out;
}

std::string plan_text(const World& world, const Prepared& prepared, const std::vector<CheckResult>& checks) {
  const Plan& plan = prepared.rollout.plan;
  std::string out = toned(world, Tone::strong, plan.app) + ": " + plan.strategy + ", " +
                    (plan.from ? plan.from->version + " (" + plan.from->id + ") in " +
                                     std::string(to_string(*plan.active)) + " -> "
                               : "first deployment of ") +
                    plan.to.version + " (" + plan.to.id + ") in " + std::string(to_string(plan.target)) +
                    "\n\n";
  Micros shortest{0};
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const StepSpec& step = plan.steps[i];
    shortest += step.duration;
    out += "  " + std::to_string(i + 1) + ". " + describe(step) + "\n";
    if (const std::string undo = describe_undo(step); !undo.empty())
      out += toned(world, Tone::dim, "       undo: " + undo) + "\n";
  }
  out += "\nIt takes at least " + format_duration(shortest) + " of soaking.";
  const bool mirrors = std::any_of(plan.steps.begin(), plan.steps.end(),
                                   [](const StepSpec& step) { return step.kind == StepKind::route; });
  if (mirrors)
    out += " While it is mirrored the program runs twice for each tick, and asks whatever it asks twice.";
  out += "\n\n";
  for (const auto& check : checks)
    if (check.status != CheckStatus::na) out += check_line(world, check) + "\n";
  return out;
}

std::string config_diff(const World& world, const Prepared& prepared) {
  const auto& rollout = prepared.rollout;
  if (!rollout.manifest.config || !rollout.config_source) return {};
  const std::string path = rollout.plan.source + "/" + rollout.manifest.config->template_file;
  auto defaults = world.ports.files.read(path, 4u << 20);
  if (!defaults) return {};
  auto merged = yaml::merge_defaults(prepared.layout.live_config(), *rollout.config_source, path, *defaults);
  return merged ? yaml::masked_diff(*rollout.config_source, merged->text, "config") : std::string{};
}

// What the rollout would do, changing nothing.
void show_plan(const World& world, const Prepared& prepared) {
  const auto checks = preflight_checks({world.ports, prepared.layout, prepared.rollout.manifest,
                                        prepared.rollout.plan.steps, prepared.rollout.plan.source});
  if (world.options.json) {
    json document = json::parse(render_plan(prepared.rollout.plan));
    document["already_active"] = prepared.rollout.already_active;
    document["config_diff"] = config_diff(world, prepared);
    document["preflight"] = json::parse(checks_json(checks, exit_of(checks, false) == 0))["checks"];
    print_line(document.dump(2, ' ', false, json::error_handler_t::replace));
  } else if (prepared.rollout.already_active) {
    print_line(prepared.rollout.plan.to.version + " is already active: nothing to do");
  } else {
    print(plan_text(world, prepared, checks));
    if (const std::string diff = config_diff(world, prepared); !diff.empty()) print("\n" + diff);
  }
}

// What stands in the way in the environment, as an error of the environment: nothing was done.
Status environment_fit(World& world, const Prepared& prepared) {
  const auto checks = preflight_checks({world.ports, prepared.layout, prepared.rollout.manifest,
                                        prepared.rollout.plan.steps, prepared.rollout.plan.source});
  for (const auto& check : checks) {
    if (check.status != CheckStatus::fail) continue;
    const bool input =
        check.id == "units" && check.message.find("was not written by wxctl") != std::string::npos;
    return Error{input ? Code::invalid : Code::unavailable, check.message, check.remedy};
  }
  return {};
}

Result<int> deploy_in_foreground(World& world, const Prepared& prepared) {
  WX_LET(const auto lock, take_app_lock(world.ports, prepared.layout, "deploy", world.pid, 0));
  WX_TRY(create_rollout(world.ports, prepared.layout, prepared.rollout));
  WX_LET(const auto rollout,
         open_rollout(world.ports, prepared.layout, prepared.rollout.plan.id,
                      unit_context(world, prepared.layout, prepared.rollout.plan.engine_dir)));
  const bool talk = !world.options.quiet && !world.options.json;
  if (talk) {
    rollout->journal.watch([&world, &rollout](const JournalRecord& record) {
      print(progress_line(world, rollout->plan, record));
    });
  }
  WX_LET(const RolloutView view, drive(*rollout, {false}));
  return answer_followed(world, prepared.layout, {view, view.exit.value_or(0)});
}

Result<int> deploy_in_background(World& world, const Prepared& prepared, const std::optional<Micros>& wait, bool detach) {
  WX_TRY(start_engine(world, prepared.layout, prepared.request, prepared.rollout.plan.engine_dir));
  if (detach) {
    RolloutView view;
    view.plan.id = prepared.request.id;
    view.message = prepared.request.id + " runs in the background: wxctl status";
    print_line(world.options.json ? outcome_json(world, prepared.layout, view) : view.message);
    return to_int(ExitStatus::done);
  }
  WX_LET(const Followed followed,
         follow(world, prepared.layout, prepared.request.id, {wait, prepared.layout.engine_unit()}));
  return answer_followed(world, prepared.layout, followed);
}

Result<int> deploy(World& world, const DeployOptions& options) {
  std::optional<Micros> wait;
  if (!options.wait.empty()) {
    auto parsed = parse_duration(options.wait);
    if (!parsed) return std::move(parsed).error().with_context("--wait");
    wait = *parsed;
  }
  WX_LET(Prepared prepared, prepare(world, options));
  WX_TRY(refuse_when_busy(world, prepared.layout));
  if (prepared.rollout.already_active) {
    const std::string message = prepared.rollout.plan.to.version + " (" + prepared.rollout.plan.to.id +
                                ") is already active in " +
                                std::string(to_string(*prepared.rollout.plan.active)) + ", with this config";
    return nothing_to_do(world, prepared.layout, message);
  }
  WX_TRY(environment_fit(world, prepared));
  if (options.dry_run) {
    show_plan(world, prepared);
    return to_int(ExitStatus::done);
  }
  WX_TRY(store_secrets(world, prepared.layout, prepared.rollout.manifest));
  WX_LET(prepared.rollout.plan.engine_dir, pin_engine(world, prepared.layout));
  if (options.foreground) return deploy_in_foreground(world, prepared);
  return deploy_in_background(world, prepared, wait, options.detach);
}

// Whoever takes the rollout back is to be named in its history.
Result<int> deadman(World& world, const Layout& layout) {
  Leases leases(world.ports, layout);
  WX_LET(const auto lease, leases.read());
  if (!lease || !leases.expired(*lease)) return 0;
  WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
  if (!running) {
    WX_TRY(leases.end());
    return 0;
  }
  WX_LET(const auto lock, preempt(world, layout, "deadman"));
  WX_LET(const auto rollout, open_rollout(world.ports, layout, running->plan.id,
                                          unit_context(world, layout, running->plan.engine_dir)));
  WX_LET(const RolloutView view, take_back(*rollout, {"RolledBack", "the dead-man's lease ran out",
                                                      world.ports.clock.monotonic(), true, false}));
  static_cast<void>(view);
  return 0;
}

// Nothing has begun and trying again would not help: told in the journal, without a status that has the
// manager start the engine anew.
int given_up(const World& world, const Error& error) {
  static_cast<void>(report(world, error));
  return 0;
}

Result<int> engine(World& world, const EngineVerbOptions& options) {
  WX_LET(const Layout layout, layout_for(world, world.options.app));
  if (options.deadman) return deadman(world, layout);
  // Whoever resumes stands by: the one that holds the lock now may be an engine whose manager has died.
  auto lock = take_app_lock(world.ports, layout, options.resume ? "resume" : "deploy", world.pid,
                            options.resume ? stand_by_ms : start_wait_ms);
  if (!lock && lock.error().code == Code::busy && !options.resume) return given_up(world, lock.error());
  if (!lock) return std::move(lock).error();
  std::string id = options.id;
  if (options.resume) {
    WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
    if (!running) return 0;
    id = running->plan.id;
  } else if (const auto known = find_rollout(world.ports.files, layout, id); !known) {
    if (known.error().code != Code::not_found) return given_up(world, known.error());
    DeployRequest request;
    request.id = id;
    request.manifest_file = options.manifest;
    request.release = options.release;
    request.config_file = options.config;
    request.playbook_file = options.playbook;
    request.auto_confirm = options.auto_confirm;
    request.force = options.force;
    request.engine_dir = options.engine_dir;
    WX_LET(request.settings, parse_settings(options.settings));
    auto prepared = prepare_deploy(world.ports, layout, request);
    if (!prepared) return given_up(world, prepared.error());
    WX_TRY(create_rollout(world.ports, layout, *prepared));
  }
  WX_LET(const auto rollout,
         open_rollout(world.ports, layout, id, unit_context(world, layout, options.engine_dir)));
  WX_LET(const RolloutView view, drive(*rollout, {true}));
  static_cast<void>(view);
  return 0;
}

Result<int> plan(World& world, const DeployOptions& options, bool exit_code) {
  WX_LET(const Prepared prepared, prepare(world, options));
  show_plan(world, prepared);
  return exit_code && !prepared.rollout.already_active ? to_int(ExitStatus::undecided) : 0;
}

}  // namespace

Result<int> deploy_again(World& world, const Layout& layout, const RolloutView& ended, bool detach) {
  const std::string directory = layout.rollout(ended.plan.id);
  Prepared prepared;
  prepared.layout = layout;
  DeployRequest& request = prepared.request;
  request.id = new_rollout_id(world);
  request.manifest_file = directory + "/manifest.yaml";
  request.playbook_file = directory + "/playbook.yaml";
  request.settings = ended.plan.settings;
  request.auto_confirm = ended.plan.auto_confirm;
  request.force = true;
  request.release = layout.release(ended.plan.to.id);
  if (!exists(world.ports.files, request.release)) request.release = ended.plan.source;
  if (exists(world.ports.files, directory + "/config.yml")) request.config_file = directory + "/config.yml";
  WX_LET(prepared.rollout, prepare_deploy(world.ports, layout, request));
  WX_TRY(refuse_when_busy(world, layout));
  WX_TRY(environment_fit(world, prepared));
  WX_LET(prepared.rollout.plan.engine_dir, pin_engine(world, layout));
  return deploy_in_background(world, prepared, std::nullopt, detach);
}

int verb_deploy(World& world, const DeployOptions& options) {
  return told(world, deploy(world, options));
}
int verb_engine(World& world, const EngineVerbOptions& options) {
  return told(world, engine(world, options));
}
int verb_plan(World& world, const DeployOptions& options, bool exit_code) {
  return told(world, plan(world, options, exit_code));
}

}  // namespace wx
