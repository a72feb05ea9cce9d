// How many runs and how much time the steps of a rollout are to be expected to take, from the timer. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/domain/playbook.hpp"

namespace wx {

// How often the timer starts the app, on average.
struct Cadence {
  double per_second = 0;  // 0: never again

  [[nodiscard]] double runs_in(Micros window) const;
  // The time in which so many runs are to be expected; nothing when they never come.
  [[nodiscard]] std::optional<Micros> time_for(double runs) const;
};

struct Expectation {
  double runs = 0;                          // of the slot under trial while the step lasts
  double most_runs = 0;                     // of it until the step's limit; without a limit as `runs`
  bool left_out = false;                    // a smaller share than the present one, and the analyze right behind it
  double share = 0;                         // of the activations that go to the slot under trial, 0 to 1
  std::uint64_t block = 0;                  // an analysis of a split counts complete blocks of so many activations
  std::optional<Micros> lasts = Micros{0};  // at least; nothing: until a person decides, or for ever
  std::optional<Micros> needs = Micros{0};  // the shortest window that gives the runs that it needs; nothing: never
};

// One for each step, as they follow each other in `steps`.
std::vector<Expectation> expected(const std::vector<StepSpec>& steps, const Cadence& cadence,
                                  Micros program_timeout, bool auto_confirm);

// "2.1", "42": one decimal where it matters.
std::string runs_number(double runs);
// "1 run", "2.1 runs"
std::string counted_runs(double runs);

// Runs of the candidate in addition to those of the active slot that the widest mirror means each day.
double mirrored_runs_a_day(const std::vector<StepSpec>& steps, const Cadence& cadence);

}  // namespace wx
