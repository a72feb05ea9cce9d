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

// The finished runs by which the slot is judged.
std::vector<const Run*> runs_on_trial(const SoakQuestion& question, const std::vector<Run>& runs) {
  const WallTime since =
      question.active ? question.started : std::min(question.on_trial_since, question.started);
  std::vector<const Run*> out;
  for (const auto& run : runs) {
    if (run.slot != to_string(question.slot) || run.at < since || !run.result || *run.result == "lost")
      continue;
    if (run.mirror_of && question.active) continue;
    out.push_back(&run);
  }
  return out;
}

std::string failures_told(const std::vector<const Run*>& runs, const std::string& slot) {
  const Run* last = nullptr;
  std::size_t failed = 0;
  for (const Run* run : runs) {
    if (succeeded(*run)) continue;
    ++failed;
    last = run;
  }
  return std::to_string(failed) + " of " + plural(runs.size(), "run") + " of " + slot +
         " failed, the last with " + told(*last);
}

}  // namespace

SoakView judge_soak(const SoakQuestion& question, const std::vector<Run>& runs) {
  SoakView view;
  const std::string slot(to_string(question.slot));
  const auto on_trial = runs_on_trial(question, runs);
  std::size_t blamed = 0;
  std::size_t good = 0;
  for (const Run* run : on_trial) {
    if (run->at >= question.started) ++view.ended;
    if (succeeded(*run))
      ++good;
    else if (question.active || peer_succeeded(*run, runs))
      ++blamed;
  }
  const std::size_t allowed = question.active ? 0 : candidate_failures_allowed;
  const bool proven = on_trial.empty() || (good > 0 && succeeded(*on_trial.back()));
  const bool enough = view.ended >= static_cast<std::size_t>(question.step.needed_runs());
  const Micros elapsed = std::max(Micros::zero(), question.now - question.started);
  const Micros longest = question.step.longest(question.program_timeout);
  if (blamed > allowed) {
    view.state = SoakState::failed;
    view.message = failures_told(on_trial, slot);
  } else if (elapsed >= question.step.duration && enough && proven) {
    view.state = SoakState::passed;
    view.message = plural(view.ended, "run") + " of " + slot + " ended well";
    if (good < on_trial.size()) view.message = failures_told(on_trial, slot) + "; it has succeeded since";
  } else if (elapsed >= longest && !(enough && proven)) {
    view.state = SoakState::insufficient;
    view.message = proven ? "only " + std::to_string(view.ended) + " of the " +
                                std::to_string(question.step.needed_runs()) + " runs needed ended within "
                          : failures_told(on_trial, slot) + ", and none succeeded after it within ";
    view.message += format_duration(longest);
  } else {
    view.message = plural(view.ended, "run") + " of " + slot + " so far";
  }
  return view;
}

}  // namespace wx
