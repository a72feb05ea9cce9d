#include "common/core/duration.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/lint_rules.hpp"

namespace wx {

namespace {

constexpr double rounding = 1e-6;  // of a run: shares and cadences are rounded
constexpr std::uint64_t short_block = 10;
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

// "for: 3h would do (--set soak=3h)" when `for` refers to the variable soak.
std::string would_do(const std::string& key, Micros wanted, const std::string& variable) {
  const std::string value = format_duration(wanted);
  return key + ": " + value + " would do" + (variable.empty() ? "" : " (--set " + variable + "=" + value + ")");
}

std::string remedy_for(const StepSpec& step, std::optional<Micros> window) {
  if (!window)
    return std::string("give it a timer that elapses") + (step.kind == StepKind::soak ? ", or min_runs: 0" : "");
  if (step.limit) return would_do("limit", rounded_up(*window), step.limit_variable);
  return would_do("for", rounded_up((*window + Micros{6}) / 7), step.duration_variable);
}

// "1 run of the candidate is", "2.1 runs are"
std::string expected_runs(double runs, bool cut_over) {
  const std::string counted = counted_runs(runs);
  return counted + (cut_over ? "" : " of the candidate") + (counted.ends_with('s') ? " are" : " is");
}

std::string counted_in(const Expectation& expectation) {
  if (expectation.block == 0) return {};
  return "; complete blocks of " + std::to_string(expectation.block) + " activations count";
}

std::string shorter_blocks(const Expectation& expectation) {
  return expectation.block > short_block ? "; shares such as 10, 20, 25 and 50 have shorter blocks" : "";
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
    if ((step.kind != StepKind::soak && step.kind != StepKind::analyze) || expectations[i].left_out) continue;
    const int needed = step.needed_runs();
    if (expectations[i].most_runs >= needed - rounding) continue;
    complaints.error(i,
                     expected_runs(expectations[i].most_runs, cut_over) + " to be expected within its limit of " + format_duration(step.longest(timeout)) +
                         ", and " + std::to_string(needed) + (needed == 1 ? " is needed" : " are needed") +
                         counted_in(expectations[i]),
                     remedy_for(step, expectations[i].needs) + shorter_blocks(expectations[i]));
  }
}

}  // namespace wx
