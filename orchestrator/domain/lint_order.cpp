#include <algorithm>
#include <array>

#include "orchestrator/domain/lint_rules.hpp"

namespace wx {

namespace {

using enum StepKind;

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

std::size_t first_of(const Playbook& playbook, StepKind kind) {
  for (std::size_t i = 0; i < playbook.steps.size(); ++i)
    if (playbook.steps[i].kind == kind) return i;
  return nowhere;
}

std::string word(StepKind kind) {
  return std::string(to_string(kind));
}

struct Milestone {
  StepKind kind;
  std::string_view without;
};
constexpr std::array<Milestone, 3> milestones{{
    {install, "nothing is brought to the host"},
    {cutover, "the new version never takes over"},
    {confirm, "the rollout never ends: the dead-man's switch would take it back"},
}};

struct Order {
  StepKind step;
  StepKind milestone;
  std::string_view why;
};

constexpr std::array<Order, 7> behind{{
    {configure, install, "there is no candidate yet"},
    {gate, install, "there is no candidate yet"},
    {route, install, "there is no candidate yet"},
    {soak, install, "there is no candidate yet"},
    {analyze, install, "there is no candidate yet"},
    {cutover, install, "there is no candidate yet"},
    {reconcile, cutover, "a candidate's points are copied when it has taken over"},
}};

constexpr std::array<Order, 3> before{{
    {configure, cutover, "the config of what is active is not changed in passing"},
    {route, cutover, "nobody is left beside the new version"},
    {analyze, cutover, "nobody is left to compare with; a soak looks at the runs of what is active"},
}};

void lint_milestones(const Playbook& playbook, Complaints& complaints) {
  for (const auto& milestone : milestones) {
    const std::size_t first = first_of(playbook, milestone.kind);
    if (first == nowhere)
      complaints.add(Severity::error, playbook.head,
                     "playbook " + playbook.name + " has no step " + word(milestone.kind) + ": " +
                         std::string(milestone.without),
                     "add - " + word(milestone.kind) + ": {}");
    for (std::size_t i = first == nowhere ? playbook.steps.size() : first + 1; i < playbook.steps.size(); ++i)
      if (playbook.steps[i].kind == milestone.kind)
        complaints.error(i, "it stands here for the second time", "keep one " + word(milestone.kind));
  }
}

void lint_way_back(const Playbook& playbook, Complaints& complaints) {
  const std::size_t cut = first_of(playbook, cutover);
  if (cut == nowhere) return;
  const std::size_t kept = first_of(playbook, backup);
  if (kept == nowhere || kept > cut)
    complaints.error(cut, "there is no backup before it, and without one no way back",
                     "add - backup: {} before install");
}

// What a candidate is given runs for, it writes to a bucket of its own.
void lint_points_home(const Playbook& playbook, const Manifest* manifest, Complaints& complaints) {
  if (manifest != nullptr && !manifest->store) return;
  const std::size_t shared = first_of(playbook, route);
  if (shared != nowhere && first_of(playbook, reconcile) == nowhere)
    complaints.error(shared, "no reconcile follows: points that only the candidate wrote would stay in its bucket",
                     "add - reconcile: {} before confirm");
}

}  // namespace

void lint_order(const Playbook& playbook, const Manifest* manifest, Complaints& complaints) {
  lint_milestones(playbook, complaints);
  lint_way_back(playbook, complaints);
  lint_points_home(playbook, manifest, complaints);
  const std::size_t end = first_of(playbook, confirm);
  for (std::size_t i = 0; i < playbook.steps.size(); ++i) {
    const StepKind kind = playbook.steps[i].kind;
    for (const auto& rule : behind) {
      const std::size_t milestone = first_of(playbook, rule.milestone);
      if (rule.step == kind && milestone != nowhere && i < milestone)
        complaints.error(i, "it stands before " + word(rule.milestone) + ": " + std::string(rule.why),
                         "move it behind " + word(rule.milestone));
    }
    for (const auto& rule : before) {
      const std::size_t milestone = first_of(playbook, rule.milestone);
      if (rule.step == kind && milestone != nowhere && i > milestone)
        complaints.error(i, "it stands behind " + word(rule.milestone) + ": " + std::string(rule.why),
                         "move it before " + word(rule.milestone));
    }
    const bool may_follow = kind == confirm || kind == notify;
    if (end != nowhere && i > end && !may_follow)
      complaints.error(i, "it stands behind confirm: nothing is taken back any more when it fails",
                       "move it before confirm");
  }
  const std::size_t cut = first_of(playbook, cutover);
  if (cut != nowhere && end != nowhere && end < cut)
    complaints.error(end, "it stands before cutover: there is nothing to confirm yet", "move it to the end");
}

}  // namespace wx
