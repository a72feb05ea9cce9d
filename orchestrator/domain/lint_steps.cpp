#include <algorithm>
#include <set>

#include "common/core/duration.hpp"
#include "common/core/suggest.hpp"
#include "orchestrator/domain/lint_rules.hpp"
#include "orchestrator/domain/metrics.hpp"
#include "orchestrator/domain/variables.hpp"

namespace wx {

namespace {

constexpr Micros longest_lease{24LL * 3600 * 1'000'000};

class StepRules {
 public:
  StepRules(const Playbook& playbook, const LintScope& scope, Complaints& complaints)
      : playbook_(playbook), scope_(scope), complaints_(complaints) {}

  void apply() {
    bool cut_over = false;
    for (index_ = 0; index_ < playbook_.steps.size(); ++index_) {
      const StepSpec& step = playbook_.steps[index_];
      cut_over = cut_over || step.kind == StepKind::cutover;
      switch (step.kind) {
        case StepKind::gate:
          checks(step, cut_over);
          break;
        case StepKind::route:
          route(step);
          break;
        case StepKind::soak:
          checks(step, cut_over);
          window(step);
          break;
        case StepKind::analyze:
          analysis(step);
          window(step);
          break;
        case StepKind::pause:
          if (step.limit == Micros{0}) error("limit: 0s leaves nobody the time to answer", "limit: 72h");
          break;
        case StepKind::cutover:
          if (step.confirm_within > longest_lease)
            warning("a rollout that nobody drives any more is taken back only after " +
                        format_duration(step.confirm_within),
                    "confirm_within: 5m; it is renewed as long as the rollout is alive");
          break;
        case StepKind::run:
          command(step);
          break;
        case StepKind::notify:
          if (step.message.empty()) error("it says nothing", "give it a message");
          break;
        default:
          break;
      }
    }
  }

 private:
  void error(const std::string& message, const std::string& remedy) {
    complaints_.error(index_, message, remedy);
  }
  void warning(const std::string& message, const std::string& remedy) {
    complaints_.warning(index_, message, remedy);
  }

  void checks(const StepSpec& step, bool cut_over) {
    std::set<std::string> seen;
    for (const auto& id : step.checks) {
      const bool known =
          scope_.known_checks.empty() || id == "all" ||
          std::find(scope_.known_checks.begin(), scope_.known_checks.end(), id) != scope_.known_checks.end();
      if (!known)
        error("there is no check \"" + id + "\"" + suggestion(id, scope_.known_checks),
              "wxctl validate --list");
      if (!seen.insert(id).second) warning("the check " + id + " is named twice", "name it once");
      if (id == "all" && step.checks.size() > 1)
        error("all stands for every check and goes alone", "checks: all");
      if (id == "all" && !cut_over)
        error("all holds checks that only an active version can pass, such as last-run",
              "name the manifest's checks before the cutover");
    }
  }

  void route(const StepSpec& step) {
    if (step.mode == "mirror" && step.fallback)
      warning("fallback is for mode split: a mirrored run replaces nothing", "leave it out");
    if (!scope_.manifest || scope_.manifest->program.repeatable) return;
    if (step.mode == "mirror" && !step.or_split)
      error("mode mirror runs the program twice for one tick, and " + scope_.manifest->name +
                " is not repeatable",
            "use mode split, or set program.repeatable: true if running twice does no harm");
    if (step.mode == "split" && step.fallback == true)
      warning("fallback runs the program again for the same tick, and " + scope_.manifest->name +
                  " is not repeatable",
              "leave it out");
  }

  void window(const StepSpec& step) {
    if (step.limit && *step.limit < step.duration)
      error("its limit of " + format_duration(*step.limit) + " is over before the " +
                format_duration(step.duration) + " that it lasts",
            "a limit of " + format_duration(step.duration * 7) + ", or none");
  }

  void analysis(const StepSpec& step) {
    if (step.needed_runs() == 0)
      error("it looks at no run, so it always passes", "leave min_runs out, or at least 1");
    if (step.require == "safe" && step.on_inconclusive == "pass")
      warning("require: safe means nothing when on_inconclusive lets everything pass",
              "on_inconclusive: hold");
    if (!scope_.manifest) return;
    std::vector<std::string> known = metric_names();
    for (const auto& check : scope_.manifest->checks)
      if (!check.metric.empty() || !check.ratio.empty()) known.push_back(check.id);
    for (const auto& name : step.metrics)
      if (std::find(known.begin(), known.end(), name) == known.end())
        error("there is no metric \"" + name + "\"" + suggestion(name, known),
              "leave metrics out to judge by all");
  }

  void command(const StepSpec& step) {
    for (const auto& word : step.exec)
      if (auto checked = check_variables(word, manifest_variables()); !checked)
        error(checked.error().message, "a command may use the manifest's variables");
  }

  const Playbook& playbook_;
  const LintScope& scope_;
  Complaints& complaints_;
  std::size_t index_ = 0;
};

}  // namespace

void lint_steps(const Playbook& playbook, const LintScope& scope, Complaints& complaints) {
  StepRules(playbook, scope, complaints).apply();
}

}  // namespace wx
