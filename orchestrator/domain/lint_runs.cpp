#include "common/core/duration.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/lint_rules.hpp"

namespace wx {

namespace {

constexpr double tolerance = 1e-6;  // of a run: shares and cadences are rounded
constexpr Micros minute{60'000'000};
constexpr Micros hour = minute * 60;
constexpr Micros day = hour * 24;

// Up to a number that a person would choose.
Micros rounded_up(Micros duration) {
  const Micros unit = duration > day * 2      ? day
                      : duration > hour * 2   ? hour
                      : duration > minute * 2 ? minute
                                              : Micros{1'000'000};
  return unit * ((duration.count() + unit.count() - 1) / unit.count());
}

// " (--set soak=3h)" when the duration that falls short is a variable of the playbook.
std::string setting(const Playbook& playbook, Micros present, Micros wanted) {
  for (const auto& variable : playbook.vars) {
    const auto value = parse_duration(variable.value);
    if (variable.used && value && *value == present)
      return " (--set " + variable.name + "=" + format_duration(wanted) + ")";
  }
  return {};
}

std::string remedy_for(const Playbook& playbook, const StepSpec& step, std::optional<Micros> window) {
  if (!window)
    return std::string("give it a timer that elapses") + (step.kind == StepKind::soak ? ", or min_runs: 0" : "");
  if (step.limit) {
    const Micros wanted = rounded_up(*window);
    return "limit: " + format_duration(wanted) + " would do" + setting(playbook, *step.limit, wanted);
  }
  const Micros wanted = rounded_up((*window + Micros{6}) / 7);
  return "for: " + format_duration(wanted) + " would do" + setting(playbook, step.duration, wanted);
}

}  // namespace

void lint_runs(const Playbook& tailored, const Manifest& manifest, const Cadence& cadence,
               Complaints& complaints) {
  const Micros timeout = manifest.program.timeout;
  const auto expectations = expected(tailored.steps, cadence, timeout, true);
  bool cut_over = false;
  for (std::size_t i = 0; i < tailored.steps.size(); ++i) {
    const StepSpec& step = tailored.steps[i];
    cut_over = cut_over || step.kind == StepKind::cutover;
    if (step.kind == StepKind::gate && !expectations[i].lasts)
      complaints.error(i,
                       "it waits for " + plural(static_cast<std::uint64_t>(step.after_runs), "run") +
                           ", and the timer never elapses again",
                       "give it a timer that elapses, or after_runs: 0");
    if (step.kind != StepKind::soak && step.kind != StepKind::analyze) continue;
    const int needed = step.needed_runs();
    if (expectations[i].most_runs >= needed - tolerance) continue;
    const auto window = Cadence{cadence.per_second * expectations[i].share}.time_for(needed);
    complaints.error(i,
                     runs_number(expectations[i].most_runs) + (cut_over ? " runs" : " runs of the candidate") +
                         " are to be expected within its limit of " + format_duration(step.longest(timeout)) +
                         ", and " + std::to_string(needed) + (needed == 1 ? " is needed" : " are needed"),
                     remedy_for(tailored, step, window));
  }
}

}  // namespace wx
