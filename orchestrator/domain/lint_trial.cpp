#include <optional>

#include "orchestrator/domain/lint_rules.hpp"
#include "orchestrator/domain/shares.hpp"

namespace wx {

namespace {

// Does this step look at the runs of the slot under trial?
bool looks_at_runs(const StepSpec& step) {
  return step.kind == StepKind::analyze || step.kind == StepKind::soak ||
         (step.kind == StepKind::gate && step.after_runs > 0);
}

std::string share_of(const StepSpec& route) {
  return percent_number(route.percent) + " %";
}

// Follows the candidate's share from step to step up to the cutover.
class TrialRules {
 public:
  TrialRules(const Playbook& playbook, Complaints& complaints)
      : playbook_(playbook), complaints_(complaints) {}

  void apply() {
    bool after = false;
    for (std::size_t i = 0; i < playbook_.steps.size(); ++i) {
      const StepSpec& step = playbook_.steps[i];
      if (step.kind == StepKind::confirm) break;
      if (step.kind == StepKind::cutover && !after) {
        finish_trial(i);
        after = true;
        watched_ = false;
        cutover_ = i;
      } else if (!after && step.kind == StepKind::route) {
        enter(i);
      } else if (!after && looks_at_runs(step)) {
        look(i);
      } else if (step.kind == StepKind::pause || step.kind == StepKind::run) {
        seen_ = true;  // a person, or a program of theirs, looks
      }
      watched_ = watched_ || step.kind == StepKind::gate || step.kind == StepKind::soak ||
                 step.kind == StepKind::analyze;
    }
    if (after && !watched_)
      complaints_.warning(cutover_, "nothing looks at the new version between it and confirm",
                          "add a gate or a soak behind it");
  }

 private:
  void enter(std::size_t i) {
    const StepSpec& step = playbook_.steps[i];
    leave_unseen();
    const bool has_share = route_ && playbook_.steps[*route_].percent > 0;
    if (step.percent <= 0 && !has_share)
      complaints_.error(i, "0 % give the candidate no run", "give it a share; 0 takes one away again");
    if (route_ && playbook_.steps[*route_].mode == step.mode && step.percent > 0) {
      const double present = playbook_.steps[*route_].percent;
      if (step.percent < present)
        complaints_.warning(i,
                            share_of(step) + " are less than the " + percent_number(present) +
                                " % that the candidate has: "
                                "it is left out, and an analyze right behind it too",
                            "let the shares grow");
      if (step.percent == present)
        complaints_.warning(
            i, "the candidate has " + share_of(step) + " already: the rollout does not advance here",
            "let the shares grow");
      if (step.percent < present) return;
    }
    route_ = i;
    seen_ = false;
  }

  void look(std::size_t i) {
    seen_ = true;
    if (!route_)
      complaints_.error(i, "no route before it gives the candidate runs, so there is nothing to look at",
                        "add - route: {percent: 10, mode: split} before it");
    else if (playbook_.steps[*route_].percent <= 0)
      complaints_.error(i, "the candidate has 0 % of the runs, so there is nothing to look at",
                        "give it a share in the route before");
  }

  void leave_unseen() {
    if (!route_ || seen_ || playbook_.steps[*route_].percent <= 0) return;
    complaints_.warning(*route_, "nobody looks at what comes of it", "add a soak or an analyze behind it");
  }

  void finish_trial(std::size_t i) {
    leave_unseen();
    if (!watched_)
      complaints_.warning(i, "the new version takes over untried",
                          "add a gate, or a route with an analyze, before it");
  }

  const Playbook& playbook_;
  Complaints& complaints_;
  std::optional<std::size_t> route_;
  std::size_t cutover_ = 0;
  bool seen_ = true;      // what the present share brings
  bool watched_ = false;  // what the present phase brings
};

}  // namespace

void lint_trial(const Playbook& playbook, Complaints& complaints) {
  TrialRules(playbook, complaints).apply();
}

}  // namespace wx
