#include "orchestrator/cli/asking.hpp"

#include <cstdio>

#include "common/core/files.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/output.hpp"

namespace wx {

namespace {

constexpr Micros answer_within{10'000'000};
constexpr Micros answer_poll{20'000};

// A rollout whose engine is gone, such as one that was begun with --foreground, needs a new one to be asked.
Status wake_engine(World& world, const Layout& layout, const RolloutView& running) {
  auto lock = world.ports.files.lock(layout.lock(), LockMode::exclusive, 0);
  if (!lock) return {};
  lock->reset();
  return start_resume(world, layout, running.plan.engine_dir);
}

}  // namespace

Result<std::string> ask_engine(World& world, const Layout& layout, const RolloutView& running,
                               const Request& request) {
  Requests requests(world.ports, layout);
  WX_LET(const std::string id, requests.leave(request));
  WX_TRY(wake_engine(world, layout, running));
  const Micros deadline = world.ports.clock.monotonic() + answer_within;
  while (true) {
    const bool late = world.ports.clock.monotonic() >= deadline;
    // Taken back before the last look: what cannot be taken back any more has been answered.
    WX_LET(const bool withdrawn, late ? requests.withdraw(id) : Result<bool>(false));
    WX_LET(const auto answer, requests.answer_to(id));
    if (answer && answer->accepted) return answer->message;
    if (answer) return Error{answer->code, answer->message, answer->remedy};
    if (late)
      return Error{Code::unavailable,
                   "the engine of " + running.plan.id + " did not answer within 10 s" +
                       (withdrawn ? "; the request was withdrawn" : ""),
                   "journalctl --user -u " + layout.engine_unit() + " -n 20; wxctl abort needs no engine"};
    world.ports.clock.sleep(answer_poll);
  }
}

Result<int> follow_on(World& world, const Layout& layout, const RolloutView& running,
                      const std::optional<Micros>& wait) {
  WX_LET(const Followed followed,
         follow(world, layout, running.plan.id, {wait, layout.engine_unit(), running.records}));
  return answer_followed(world, layout, followed);
}

int answer_followed(World& world, const Layout& layout, const Followed& followed) {
  if (!followed.view) return followed.exit;
  const RolloutView& view = *followed.view;
  if (followed.exit == to_int(ExitStatus::interrupted)) {
    std::fprintf(stderr, "wxctl: detached; %s goes on without you: wxctl status\n", view.plan.id.c_str());
    if (world.options.json) print_line(outcome_json(world, layout, view));
    return followed.exit;
  }
  if (world.options.json)
    print_line(outcome_json(world, layout, view));
  else
    print(closing_line(world, view));
  return followed.exit;
}

}  // namespace wx
