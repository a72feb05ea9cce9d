// The parts of lint(); private to it.
#pragma once

#include "orchestrator/domain/lint.hpp"

namespace wx {

class Complaints {
 public:
  explicit Complaints(const Playbook& playbook) : playbook_(playbook) {}

  void error(std::size_t step, const std::string& message, const std::string& remedy) {
    add(Severity::error, step, message, remedy);
  }
  void warning(std::size_t step, const std::string& message, const std::string& remedy) {
    add(Severity::warning, step, message, remedy);
  }
  void add(Severity severity, const yaml::Mark& place, const std::string& message,
           const std::string& remedy) {
    list_.push_back({severity, place, message, remedy});
  }
  [[nodiscard]] std::vector<Complaint> sorted() &&;

 private:
  // Told with the step's own word first.
  void add(Severity severity, std::size_t step, const std::string& message, const std::string& remedy);

  const Playbook& playbook_;
  std::vector<Complaint> list_;
};

// The steps follow each other so that there is a way on and a way back. `manifest`: null when it is not known.
void lint_order(const Playbook& playbook, const Manifest* manifest, Complaints& complaints);
// Whoever is judged has runs by which to judge.
void lint_trial(const Playbook& playbook, Complaints& complaints);
// Each step for itself.
void lint_steps(const Playbook& playbook, const LintScope& scope, Complaints& complaints);
// The playbook as the app gets it: enough runs come in time.
void lint_runs(const Playbook& tailored, const Manifest& manifest, const Cadence& cadence,
               Complaints& complaints);

}  // namespace wx
