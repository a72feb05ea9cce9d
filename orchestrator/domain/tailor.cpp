#include "orchestrator/domain/tailor.hpp"

namespace wx {

namespace {

bool needs_peer(StepKind kind, bool cut_over) {
  switch (kind) {
    case StepKind::backup:
    case StepKind::route:
    case StepKind::configure:
    case StepKind::reconcile:
      return true;
    case StepKind::soak:
    case StepKind::analyze:
    case StepKind::pause:
      return !cut_over;
    default:
      return false;
  }
}

void leave_out_what_needs_a_peer(Playbook& playbook) {
  std::vector<StepSpec> steps;
  std::vector<yaml::Mark> places;
  bool cut_over = false;
  for (std::size_t i = 0; i < playbook.steps.size(); ++i) {
    cut_over = cut_over || playbook.steps[i].kind == StepKind::cutover;
    if (needs_peer(playbook.steps[i].kind, cut_over)) continue;
    if (!cut_over) playbook.steps[i].after_runs = 0;  // it has no runs before
    steps.push_back(std::move(playbook.steps[i]));
    places.push_back(std::move(playbook.places[i]));
  }
  playbook.steps = std::move(steps);
  playbook.places = std::move(places);
}

}  // namespace

Playbook tailored(Playbook playbook, const Manifest& manifest, bool first) {
  const bool repeatable = manifest.program.repeatable;
  for (auto& step : playbook.steps) {
    if (step.kind != StepKind::route) continue;
    if (!step.fallback) step.fallback = repeatable;
    if (step.mode != "mirror" || repeatable || !step.or_split) continue;
    step.mode = "split";
    step.percent = *step.or_split;
  }
  if (first) leave_out_what_needs_a_peer(playbook);
  return playbook;
}

}  // namespace wx
