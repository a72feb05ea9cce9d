// deploy, plan, engine: starting and driving rollouts.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/asking.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/follow.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/planned.hpp"
#include "orchestrator/cli/playbooks.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/deploy.hpp"
#include "orchestrator/engine/engine.hpp"
#include "orchestrator/engine/forsaken.hpp"
#include "orchestrator/engine/preflight.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::int64_t start_wait_ms = 5'000;
constexpr std::int64_t stand_by_ms = 600'000;

Result<std::string> playbook_file(const World& world, const DeployOptions& options) {
  if (!options.playbook.empty()) return absolute(world, options.playbook);
  if (options.strategy.empty())
    return Error{Code::invalid, "no strategy was named", "wxctl deploy --strategy gradual, blue-green or canary"};
  return shipped_playbook(world, options.strategy);
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

// What stands in the way in the environment, as an error of the environment: nothing was done.
Status environment_fit(World& world, const Prepared& prepared) {
  const auto checks =
      preflight_checks({world.ports, prepared.layout, prepared.rollout.manifest, prepared.rollout.plan.steps,
                        prepared.rollout.plan.source,
                        unit_context(world, prepared.layout, parent_path(world.places.program))});
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
  // Whoever asks next is to find it, so it has begun when --detach returns.
  WX_LET(const Followed followed, follow(world, prepared.layout, prepared.request.id, {wait, prepared.layout.engine_unit(), 0, detach}));
  if (detach && followed.exit == to_int(ExitStatus::done)) {
    RolloutView view = *followed.view;
    view.message = prepared.request.id + " runs in the background: wxctl status";
    print_line(world.options.json ? outcome_json(world, prepared.layout, view) : view.message);
    return followed.exit;
  }
  return answer_followed(world, prepared.layout, followed);
}

Result<int> deploy(World& world, const DeployOptions& options) {
  WX_LET(const std::optional<Micros> wait, parse_wait(options.wait));
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
    WX_TRY(show_plan(world, prepared.layout, prepared.rollout));
    return to_int(ExitStatus::done);
  }
  WX_TRY(store_secrets(world, prepared.layout, prepared.rollout.manifest));
  WX_LET(prepared.rollout.plan.engine_dir, pin_engine(world, prepared.layout));
  if (options.foreground) return deploy_in_foreground(world, prepared);
  return deploy_in_background(world, prepared, wait, options.detach);
}

// Whoever takes the rollout back is to be named in its history.
Result<int> deadman(World& world, const Layout& layout) {
  WX_LET(const auto seen, forsaken_rollout(world.ports, layout));
  if (!seen) return 0;
  WX_LET(const auto lock, preempt(world, layout, "deadman"));
  // Until it was stopped its engine may have renewed the lease, or ended the rollout and another one has begun.
  WX_LET(const auto forsaken, forsaken_rollout(world.ports, layout));
  if (!forsaken) {
    WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
    if (running) WX_TRY(start_resume(world, layout, running->plan.engine_dir));
    return 0;
  }
  WX_LET(const auto rollout, open_rollout(world.ports, layout, forsaken->plan.id,
                                          unit_context(world, layout, forsaken->plan.engine_dir)));
  TakeBack request{"RolledBack", "the dead-man's lease ran out", world.ports.clock.monotonic()};
  request.by_person = false;
  WX_LET(const RolloutView view, take_back(*rollout, request));
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
  WX_TRY(show_plan(world, prepared.layout, prepared.rollout));
  return exit_code && !prepared.rollout.already_active ? to_int(ExitStatus::undecided) : 0;
}

}  // namespace

Result<int> deploy_again(World& world, const Layout& layout, const RolloutView& ended, const std::optional<Micros>& wait,
                         bool detach) {
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
  return deploy_in_background(world, prepared, wait, detach);
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
