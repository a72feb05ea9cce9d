// canary: a share of the runs for a new version, or another share for the one that is on trial.
#include <charconv>

#include "orchestrator/cli/asking.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/domain/shares.hpp"
#include "orchestrator/engine/deploy.hpp"
#include "orchestrator/engine/releases.hpp"

namespace wx {

namespace {

Result<double> share_of(const std::string& text) {
  const std::string digits = text.ends_with("%") ? text.substr(0, text.size() - 1) : text;
  double percent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
    return Error{Code::invalid, "--percent must be a number such as 10 or 2.5, not \"" + text + "\"", "wxctl canary --percent 10"};
  return percent;
}

// A release that is named and is not the one on trial excludes a re-weight.
Result<bool> same_release(World& world, const Layout& layout, const RolloutView& running, const std::string& release) {
  if (release.empty()) return true;
  Releases releases(world.ports, layout);
  WX_LET(const ReleaseInfo info, releases.inspect(absolute(world, release)));
  return info.id == running.plan.to.id;
}

// What would go into the plan, which is not made again.
Status refuse_plan_options(const RolloutView& running, const DeployOptions& deploy) {
  const bool planned = !deploy.config.empty() || !deploy.playbook.empty() || !deploy.settings.empty() ||
                       deploy.auto_confirm || deploy.force || deploy.foreground || deploy.dry_run;
  if (!planned) return {};
  return Error{Code::invalid, "a rollout in progress takes only --percent and --mode, and " + running.plan.id + " is one",
               "leave the other options out, or end it first: wxctl abort"};
}

Result<int> reweight(World& world, const Layout& layout, const RolloutView& running, const CanaryOptions& options,
                     double percent) {
  WX_LET(const bool same, same_release(world, layout, running, options.deploy.release));
  if (!same) return refuse_when_busy(world, layout).error();
  WX_TRY(refuse_plan_options(running, options.deploy));
  Request request;
  request.verb = "route";
  request.percent = percent;
  request.mode = options.mode;
  WX_LET(const std::string accepted, ask_engine(world, layout, running, request));
  WX_LET(RolloutView now, find_rollout(world.ports.files, layout, running.plan.id));
  now.message = accepted;
  print_line(world.options.json ? outcome_json(world, layout, now) : accepted);
  return to_int(ExitStatus::done);
}

Result<int> canary(World& world, const CanaryOptions& options) {
  WX_LET(const double percent, share_of(options.percent));
  WX_LET(const std::string manifest, manifest_to_deploy(world));
  WX_LET(const std::string app, app_of_manifest(world.ports.files, manifest));
  WX_LET(const Layout layout, layout_for(world, app));
  WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
  const bool on_trial = running && running->plan.reverts.empty();
  // Whether the program is repeatable is the manifest's to say, later; how the runs are shared now, the engine's.
  const std::string mode = on_trial ? "mirror" : "split";
  WX_TRY(check_share(percent, options.mode.empty() ? mode : options.mode, true));
  if (on_trial) return reweight(world, layout, *running, options, percent);
  DeployOptions deploy = options.deploy;
  if (deploy.strategy.empty() && deploy.playbook.empty()) deploy.strategy = "canary";
  deploy.settings.insert(deploy.settings.begin(), "percent=" + percent_number(percent));
  if (!options.mode.empty()) deploy.settings.insert(deploy.settings.begin(), "mode=" + options.mode);
  return verb_deploy(world, deploy);
}

}  // namespace

int verb_canary(World& world, const CanaryOptions& options) {
  return told(world, canary(world, options));
}

}  // namespace wx
