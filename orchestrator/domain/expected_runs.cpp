#include "orchestrator/domain/expected_runs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "orchestrator/routing/blocks.hpp"

namespace wx {

namespace {

constexpr double micros_per_second = 1'000'000;
constexpr double seconds_per_day = 86'400;
// Longer than any rollout: ten years.
constexpr double longest_seconds = 10 * 366 * seconds_per_day;

// The runs that a gate waits for; the one that verified a cutover is the first of them.
int awaited(const StepSpec& gate, bool cut_over) {
  return std::max(0, gate.after_runs - (cut_over ? 1 : 0));
}

// Runs of the slot under trial in a window, and the window for so many runs: one by one, or in the blocks of a split, where only
// complete ones count.
class Supply {
 public:
  Supply(Cadence activations, double share) : trial_{activations.per_second * share} {}
  Supply(Cadence activations, BlockShape shape)
      : trial_{activations.per_second * static_cast<double>(shape.chosen) / static_cast<double>(shape.size)},
        chosen_(static_cast<double>(shape.chosen)) {}

  [[nodiscard]] double runs_in(Micros window) const {
    return chosen_ > 0 ? std::floor(trial_.runs_in(window) / chosen_ + rounding) * chosen_ : trial_.runs_in(window);
  }
  [[nodiscard]] std::optional<Micros> time_for(int runs) const {
    return trial_.time_for(chosen_ > 0 ? std::ceil(runs / chosen_) * chosen_ : runs);
  }

 private:
  static constexpr double rounding = 1e-6;  // of a block
  Cadence trial_;
  double chosen_ = 0;  // of each block
};

// As the engine does it: a share that the candidate has is not made smaller, only taken away.
bool left_out(const StepSpec& route, const StepSpec* present) {
  return present != nullptr && route.mode == present->mode && route.percent > 0 &&
         route.percent < present->percent;
}

}  // namespace

double Cadence::runs_in(Micros window) const {
  return static_cast<double>(window.count()) / micros_per_second * per_second;
}

std::optional<Micros> Cadence::time_for(double runs) const {
  if (runs <= 0) return Micros{0};
  const double seconds = per_second > 0 ? runs / per_second : longest_seconds;
  if (seconds >= longest_seconds) return std::nullopt;
  return Micros{static_cast<Micros::rep>(std::round(seconds * micros_per_second))};
}

std::vector<Expectation> expected(const std::vector<StepSpec>& steps, const Cadence& cadence,
                                  Micros program_timeout, bool auto_confirm) {
  std::vector<Expectation> out;
  double share = 0;
  bool cut_over = false;
  const StepSpec* present = nullptr;  // the route that gave the share
  bool behind_left_out = false;       // right behind a route that is left out
  for (const auto& step : steps) {
    const bool skipped = step.kind == StepKind::route ? left_out(step, present)
                                                      : behind_left_out && step.kind == StepKind::analyze;
    behind_left_out = skipped && step.kind == StepKind::route;
    if (step.kind == StepKind::route && !skipped) {
      share = step.percent / 100;
      present = &step;
    }
    if (step.kind == StepKind::cutover) {
      share = 1;
      cut_over = true;
    }
    const bool in_blocks = step.kind == StepKind::analyze && !cut_over && present != nullptr && present->mode == "split" && share > 0;
    const BlockShape shape = in_blocks ? block_shape(present->percent) : BlockShape{};
    const Supply trial = in_blocks ? Supply(cadence, shape) : Supply(cadence, share);
    Expectation expectation;
    expectation.block = in_blocks ? shape.size : 0;
    expectation.share = share;
    expectation.left_out = skipped;
    if (skipped) {
      out.push_back(expectation);
      continue;
    }
    std::optional<Micros> limit;
    switch (step.kind) {
      case StepKind::soak:
      case StepKind::analyze:
        expectation.needs = trial.time_for(step.needed_runs());
        expectation.lasts = expectation.needs;
        if (expectation.lasts) expectation.lasts = std::max(*expectation.lasts, step.duration);
        limit = step.longest(program_timeout);
        break;
      case StepKind::gate:
        expectation.needs = trial.time_for(step.after_runs);
        expectation.lasts = trial.time_for(awaited(step, cut_over));
        break;
      case StepKind::pause:
        if (!step.unless_auto || !auto_confirm) expectation.lasts = std::nullopt;
        break;
      default:
        break;
    }
    if (expectation.lasts) expectation.runs = trial.runs_in(*expectation.lasts);
    expectation.most_runs = limit ? trial.runs_in(*limit) : expectation.runs;
    out.push_back(expectation);
  }
  return out;
}

std::string runs_number(double runs) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), runs,
                                          std::chars_format::fixed, runs >= 10 ? 0 : 1);
  if (error != std::errc{}) return "countless";
  std::string text(buffer.data(), end);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string counted_runs(double runs) {
  const std::string number = runs_number(runs);
  return number + (number == "1" ? " run" : " runs");
}

double mirrored_runs_a_day(const std::vector<StepSpec>& steps, const Cadence& cadence) {
  double widest = 0;
  for (const auto& step : steps)
    if (step.kind == StepKind::route && step.mode == "mirror") widest = std::max(widest, step.percent / 100);
  return widest * cadence.per_second * seconds_per_day;
}

}  // namespace wx
