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

// What was accepted, said at once; the rollout is then followed, or not.
Result<int> ask(World& world, const Target& target, const Request& request, bool follow_it) {
  WX_LET(const std::string accepted, ask_engine(world, target.layout, *target.running, request));
  if (follow_it) return follow_on(world, target.layout, *target.running, target.running->records);
  if (!world.options.json) {
    print_line(accepted);
    return to_int(ExitStatus::done);
  }
  WX_LET(RolloutView now, find_rollout(world.ports.files, target.layout, target.running->plan.id));
  now.message = accepted;
  print_line(outcome_json(world, target.layout, now));
  return to_int(ExitStatus::done);
}

Result<int> promote(World& world, const PromoteOptions& options) {
  WX_LET(const Target target, target_of(world));
  if (!target.running) return nothing_to("promote", target);
  Request request;
  request.verb = "promote";
  request.full = options.full;
  return ask(world, target, request, !options.detach);
}

Result<int> pause_rollout(World& world) {
  WX_LET(const Target target, target_of(world));
  if (!target.running) return nothing_to("pause", target);
  Request request;
  request.verb = "pause";
  return ask(world, target, request, false);
}

Result<int> resume_rollout(World& world, bool detach) {
  WX_LET(const Target target, target_of(world));
  if (!target.running) return nothing_to("resume", target);
  Request request;
  request.verb = "resume";
  return ask(world, target, request, !detach);
}

Result<int> retry_rollout(World& world, const RetryOptions& options) {
  WX_LET(const Target target, target_of(world));
  Request request;
  request.verb = "retry";
  if (options.take_ours && options.take_theirs)
    return Error{Code::invalid, "--take-ours and --take-theirs exclude each other", "give one of them"};
  if (options.take_ours) request.take = "ours";
  if (options.take_theirs) request.take = "theirs";
  if (target.running) return ask(world, target, request, !options.detach);
  if (!request.take.empty()) return nothing_to("retry", target);
  WX_LET(const auto rollouts, list_rollouts(world.ports.files, target.layout));
  if (rollouts.empty() || !rollouts.front().plan.reverts.empty() || rollouts.front().phase != "RolledBack")
    return nothing_to("retry", target);
  return deploy_again(world, target.layout, rollouts.front(), options.detach);
}

}  // namespace

int verb_promote(World& world, const PromoteOptions& options) {
  return told(world, promote(world, options));
}
int verb_pause(World& world) {
  return told(world, pause_rollout(world));
}
int verb_resume(World& world, bool detach) {
  return told(world, resume_rollout(world, detach));
}
int verb_retry(World& world, const RetryOptions& options) {
  return told(world, retry_rollout(world, options));
}

}  // namespace wx
