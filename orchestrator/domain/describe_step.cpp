#include "common/core/duration.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/playbook.hpp"
#include "orchestrator/domain/shares.hpp"

namespace wx {

std::string describe(const StepSpec& step) {
  switch (step.kind) {
    case StepKind::preflight:
      return "check the machine";
    case StepKind::backup:
      return "back up program, config, units and state";
    case StepKind::install:
      return "install the release into the free slot";
    case StepKind::configure:
      return step.config == "merge" ? "add the release's new settings to the config" : "keep the config";
    case StepKind::gate:
      return "gate: " + join(step.checks, ", ") +
             (step.after_runs > 0 ? " after " + plural(static_cast<std::uint64_t>(step.after_runs), "run")
                                  : "");
    case StepKind::route:
      return "route " + percent_number(step.percent) + " %" + " of the runs to the candidate, " + step.mode;
    case StepKind::soak:
      return "soak for " + format_duration(step.duration) + ", at least " +
             plural(static_cast<std::uint64_t>(step.needed_runs()), "run");
    case StepKind::analyze:
      return "analyze for " + format_duration(step.duration) + ", at least " +
             plural(static_cast<std::uint64_t>(step.needed_runs()), "run") + " of the candidate, require " +
             step.require;
    case StepKind::pause:
      return std::string("wait for a person") + (step.unless_auto ? ", unless --auto" : "");
    case StepKind::cutover:
      return "cut over to the new version (dead-man's lease " + format_duration(step.confirm_within) + ")";
    case StepKind::reconcile:
      return "copy points that only the candidate has";
    case StepKind::confirm:
      return "confirm: the new version stays";
    case StepKind::run:
      return "run " + join(step.exec, " ");
    case StepKind::notify:
      return "notify: " + step.message;
  }
  return {};
}

std::string describe_undo(const StepSpec& step) {
  switch (step.kind) {
    case StepKind::install:
      return "give the slot its former release and state back";
    case StepKind::configure:
      return "give the candidate its former config back";
    case StepKind::route:
      return "route every run to the active slot";
    case StepKind::cutover:
      return "switch back, restore the units, verify by a run";
    default:
      return {};
  }
}

}  // namespace wx
