// promote, pause, resume, retry: a person's word to a rollout in progress.
#include "common/core/files.hpp"
#include "orchestrator/cli/asking.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"

namespace wx {

namespace {

struct Target {
  Layout layout;
  std::optional<RolloutView> running;
};

Result<Target> target_of(World& world) {
  Target target;
  WX_LET(const std::string app, chosen_app(world));
  WX_LET(target.layout, layout_for(world, app));
  WX_LET(target.running, rollout_in_progress(world.ports.files, target.layout));
  return target;
}

Error nothing_to(const std::string& verb, const Target& target) {
  return Error{Code::impossible, "no rollout of " + target.layout.app + " is in progress: nothing to " + verb, "wxctl status"};
}

// "step 6 of 14: soak for 24h, at least 1 run"
std::string told_step(const RolloutView& view) {
  if (!view.step) return view.phase;
  const auto& steps = view.plan.steps;
  return "step " + std::to_string(*view.step + 1) + " of " + std::to_string(steps.size()) + ": " +
         describe(steps[static_cast<std::size_t>(*view.step)]);
}

int say(World& world, const Layout& layout, RolloutView view, const std::string& message) {
  view.message = message;
  print_line(world.options.json ? outcome_json(world, layout, view) : message);
  return to_int(ExitStatus::done);
}

enum class Then { follow, answer };

// What was accepted, said at once; the rollout is then followed, or not.
Result<int> ask(World& world, const Target& target, const Request& request, const WordOptions& options, Then then) {
  if (!target.running) return nothing_to(request.verb, target);
  const RolloutView& running = *target.running;
  WX_LET(const std::optional<Micros> wait, parse_wait(options.wait));
  if (options.dry_run)
    return say(world, target.layout, running,
               "would ask " + running.plan.id + " to " + request.verb + (request.full ? " in full" : "") +
                   (request.take.empty() ? "" : " and take " + request.take) + " (" + running.phase + ", " +
                   told_step(running) + ")");
  WX_LET(const std::string accepted, ask_engine(world, target.layout, running, request));
  if (then == Then::follow && !options.detach) return follow_on(world, target.layout, running, wait);
  WX_LET(RolloutView now, find_rollout(world.ports.files, target.layout, running.plan.id));
  return say(world, target.layout, std::move(now), accepted);
}

Result<int> promote(World& world, const WordOptions& options) {
  WX_LET(const Target target, target_of(world));
  Request request;
  request.verb = "promote";
  request.full = options.full;
  return ask(world, target, request, options, Then::follow);
}

Result<int> pause_rollout(World& world, const WordOptions& options) {
  WX_LET(const Target target, target_of(world));
  Request request;
  request.verb = "pause";
  return ask(world, target, request, options, Then::answer);
}

Result<int> resume_rollout(World& world, const WordOptions& options) {
  WX_LET(const Target target, target_of(world));
  Request request;
  request.verb = "resume";
  return ask(world, target, request, options, Then::follow);
}

Result<int> retry_rollout(World& world, const WordOptions& options) {
  WX_LET(const Target target, target_of(world));
  Request request;
  request.verb = "retry";
  if (options.take_ours && options.take_theirs)
    return Error{Code::invalid, "--take-ours and --take-theirs exclude each other", "give one of them"};
  if (options.take_ours) request.take = "ours";
  if (options.take_theirs) request.take = "theirs";
  if (target.running || !request.take.empty()) return ask(world, target, request, options, Then::follow);
  WX_LET(const auto rollouts, list_rollouts(world.ports.files, target.layout));
  if (rollouts.empty() || !rollouts.front().plan.reverts.empty() || rollouts.front().phase != "RolledBack")
    return nothing_to("retry", target);
  const RolloutView& ended = rollouts.front();
  WX_LET(const std::optional<Micros> wait, parse_wait(options.wait));
  if (options.dry_run)
    return say(world, target.layout, ended, "would deploy " + ended.plan.to.version + " again, as " + ended.plan.id + " was to");
  return deploy_again(world, target.layout, ended, wait, options.detach);
}

}  // namespace

int verb_promote(World& world, const WordOptions& options) {
  return told(world, promote(world, options));
}
int verb_pause(World& world, const WordOptions& options) {
  return told(world, pause_rollout(world, options));
}
int verb_resume(World& world, const WordOptions& options) {
  return told(world, resume_rollout(world, options));
}
int verb_retry(World& world, const WordOptions& options) {
  return told(world, retry_rollout(world, options));
}

}  // namespace wx
