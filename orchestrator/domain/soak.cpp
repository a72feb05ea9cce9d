#include "orchestrator/domain/soak.hpp"

#include <algorithm>

#include "common/core/duration.hpp"
#include "common/core/text.hpp"

namespace wx {

namespace {

// Before the cutover a candidate may fail once by accident; a second time, while the active slot manages, is
// no accident.
constexpr std::size_t candidate_failures_allowed = 1;

bool peer_succeeded(const Run& run, const std::vector<Run>& runs) {
  const Run* peer = nullptr;
  for (const auto& other_run : runs) {
    if (run.mirror_of ? other_run.id == *run.mirror_of
                      : other_run.role == "active" && other_run.at <= run.at && other_run.result)
      peer = &other_run;
  }
  return peer != nullptr && succeeded(*peer);
}

std::string told(const Run& run) {
  std::string text = *run.result;
  if (run.exit_status && *run.result == "failure") text += " (exit " + std::to_string(*run.exit_status) + ")";
  return text;
}

}  // namespace

SoakView judge_soak(const SoakQuestion& question, const std::vector<Run>& runs) {
  SoakView view;
  std::size_t blamed = 0;
  const Run* last_failure = nullptr;
  const std::string slot(to_string(question.slot));
  for (const auto& run : runs) {
    if (run.slot != slot || run.at < question.started || !run.result || *run.result == "lost") continue;
    if (question.active && run.mirror_of) continue;
    ++view.ended;
    if (succeeded(run)) continue;
    ++view.failed;
    last_failure = &run;
    if (question.active || peer_succeeded(run, runs)) ++blamed;
  }
  const std::size_t allowed = question.active ? 0 : candidate_failures_allowed;
  const Micros elapsed = std::max(Micros::zero(), question.now - question.started);
  if (blamed > allowed) {
    view.state = SoakState::failed;
    view.message = std::to_string(view.failed) + " of " + plural(view.ended, "run") + " of " + slot +
                   " failed, the last with " + told(*last_failure);
  } else if (elapsed >= question.step.duration &&
             view.ended >= static_cast<std::size_t>(question.step.needed_runs())) {
    view.state = SoakState::passed;
    view.message = plural(view.ended, "run") + " of " + slot + " ended" +
                   (view.failed == 0 ? " well" : ", " + std::to_string(view.failed) + " of them badly");
  } else if (elapsed >= question.step.longest(question.program_timeout) && question.step.needed_runs() > 0) {
    view.state = SoakState::insufficient;
    view.message = "only " + std::to_string(view.ended) + " of the " +
                   std::to_string(question.step.needed_runs()) + " runs needed ended within " +
                   format_duration(question.step.longest(question.program_timeout));
  } else {
    view.message = plural(view.ended, "run") + " of " + slot + " so far";
  }
  return view;
}

}  // namespace wx
