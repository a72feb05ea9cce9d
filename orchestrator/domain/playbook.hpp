// A playbook: a strategy as data (playbooks/*.yaml), with its variables resolved. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "common/yaml/document.hpp"

namespace wx {

enum class StepKind {
  preflight,
  backup,
  install,
  configure,
  gate,
  route,
  soak,
  analyze,
  pause,
  cutover,
  reconcile,
  confirm,
  run,
  notify
};
std::string_view to_string(StepKind kind);
std::optional<StepKind> parse_step_kind(std::string_view text);

// One resolved step; only the fields of its kind mean something.
struct StepSpec {
  StepKind kind = StepKind::preflight;
  std::string config = "keep";         // configure: merge, keep
  std::vector<std::string> checks;     // gate, soak; {"all"} means every check
  int after_runs = 0;                  // gate
  double percent = 0;                  // route
  std::string mode;                    // route: mirror, split
  std::optional<bool> fallback;        // route: a failed run is made good by the active slot; unset: if repeatable
  std::optional<double> or_split;      // route, mirror: what a program that is not repeatable gets instead
  Micros duration{0};                  // soak, analyze: for
  std::optional<int> min_runs;         // soak, analyze
  std::optional<Micros> limit;         // soak, analyze, pause; of a gate: worked out from the timer
  std::string duration_variable;       // soak, analyze: the variable that `for` refers to; empty: a value
  std::string limit_variable;          // likewise
  std::string require = "no-harm";     // analyze: or safe
  std::string on_inconclusive = "hold";  // analyze: or fail, pass
  std::vector<std::string> metrics;    // analyze: only these; empty: all
  bool unless_auto = false;            // pause: not with --auto
  std::vector<std::string> exec;       // run
  Micros timeout{60'000'000};          // run
  std::string message;                 // notify
  Micros confirm_within{300'000'000};  // cutover

  // The number of finished runs that it waits for: as written, else 2 for an analyze, and for a soak 1, or 0 when it
  // lasts no time.
  [[nodiscard]] int needed_runs() const {
    return min_runs.value_or(kind == StepKind::analyze ? 2 : duration.count() == 0 ? 0 : 1);
  }
  // How long a soak or an analyze may wait for them: as written, else seven times its duration, at least one run.
  [[nodiscard]] Micros longest(Micros program_timeout) const;
};

// A value that the steps refer to as ${name}.
struct PlaybookVariable {
  std::string name;
  std::string value;  // resolved
  yaml::Mark place;
  bool used = false;  // by any step
};

struct Playbook {
  std::string name;
  std::string description;              // one line; may be empty
  std::string on_failure = "rollback";  // or pause
  std::vector<PlaybookVariable> vars;   // in the order of the file
  std::vector<StepSpec> steps;
  std::vector<yaml::Mark> places;  // of the steps, for complaints
  yaml::Mark head;                 // of its name
  yaml::Mark on_failure_place;
};

// `settings` are the --set values. `invalid` with file:line:column per problem: unknown step, key, variable,
// wrong value.
Result<Playbook> parse_playbook(const std::string& file, std::string_view text,
                                const std::vector<std::pair<std::string, std::string>>& settings);

// One line that says what the step does, for plans and progress: "route 100 % mirror".
std::string describe(const StepSpec& step);
// One line that says how the step is undone; empty when there is nothing to undo.
std::string describe_undo(const StepSpec& step);

}  // namespace wx
