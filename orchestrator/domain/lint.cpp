#include "orchestrator/domain/lint.hpp"

#include <algorithm>
#include <tuple>

#include "common/core/text.hpp"
#include "orchestrator/domain/lint_rules.hpp"
#include "orchestrator/domain/tailor.hpp"

namespace wx {

namespace {

// What a rollback does stands in a file, but in the words of steps it cannot be said whole.
constexpr std::string_view rollback_name = "rollback";

void lint_head(const Playbook& playbook, Complaints& complaints) {
  if (playbook.on_failure == "pause")
    complaints.add(Severity::warning, playbook.on_failure_place,
                   "on_failure: pause leaves a version that failed after the cutover active until a person "
                   "decides, at most 72h",
                   "use on_failure: rollback unless somebody watches");
  for (const auto& variable : playbook.vars)
    if (!variable.used)
      complaints.add(Severity::warning, variable.place,
                     "the variable " + variable.name + " is used by no step",
                     "refer to it as \"${" + variable.name + "}\", or remove it");
}

}  // namespace

std::string_view to_string(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

void Complaints::add(Severity severity, std::size_t step, const std::string& message,
                     const std::string& remedy) {
  list_.push_back({severity, playbook_.places[step],
                   std::string(to_string(playbook_.steps[step].kind)) + ": " + message, remedy});
}

std::vector<Complaint> Complaints::sorted() && {
  std::stable_sort(list_.begin(), list_.end(), [](const Complaint& a, const Complaint& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  return std::move(list_);
}

std::vector<Complaint> lint(const Playbook& playbook, const LintScope& scope) {
  if (playbook.name == rollback_name)
    return {{Severity::warning, playbook.head, "rollback is for reading: going back needs no file",
             "wxctl rollback"}};
  Complaints complaints(playbook);
  lint_head(playbook, complaints);
  lint_order(playbook, scope.manifest, complaints);
  lint_trial(playbook, complaints);
  lint_steps(playbook, scope, complaints);
  std::vector<Complaint> found = std::move(complaints).sorted();
  if (!scope.manifest || !scope.cadence || !refusal_of(found)) return found;
  const Playbook fitted = tailored(playbook, *scope.manifest, scope.first);
  Complaints late(fitted);
  lint_runs(fitted, *scope.manifest, *scope.cadence, late);
  for (auto& complaint : std::move(late).sorted()) found.push_back(std::move(complaint));
  return found;
}

Status refusal_of(const std::vector<Complaint>& complaints) {
  std::vector<std::string> lines;
  std::string remedy;
  for (const auto& complaint : complaints) {
    if (complaint.severity != Severity::error) continue;
    lines.push_back(complaint.place.text() + ": " + complaint.message);
    if (remedy.empty()) remedy = complaint.remedy;
  }
  if (lines.empty()) return {};
  return Error{Code::invalid, join(lines, "\n"), remedy};
}

}  // namespace wx
