#include "orchestrator/domain/playbook.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/core/duration.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "common/yaml/document.hpp"
#include "orchestrator/domain/shares.hpp"
#include "orchestrator/domain/variables.hpp"

namespace wx {

namespace {

using yaml::Kind;
using yaml::Map;
using yaml::Node;
using yaml::Problems;

constexpr std::array<std::pair<StepKind, std::string_view>, 14> step_names{{
    {StepKind::preflight, "preflight"},
    {StepKind::backup, "backup"},
    {StepKind::install, "install"},
    {StepKind::configure, "configure"},
    {StepKind::gate, "gate"},
    {StepKind::route, "route"},
    {StepKind::soak, "soak"},
    {StepKind::analyze, "analyze"},
    {StepKind::pause, "pause"},
    {StepKind::cutover, "cutover"},
    {StepKind::reconcile, "reconcile"},
    {StepKind::confirm, "confirm"},
    {StepKind::run, "run"},
    {StepKind::notify, "notify"},
}};

// The parameters of one step, with the playbook's variables replaced.
class Parameters {
 public:
  Parameters(const Node& node, const std::string& step, const Variables& variables, Problems& problems)
      : map_(node, step, problems), step_(step), variables_(variables), problems_(problems) {}

  std::optional<std::string> text(std::string_view key) {
    const auto raw = map_.optional_string(key);
    if (!raw) return std::nullopt;
    auto value = expand(*raw, variables_);
    if (!value) {
      complain(key, value.error().message);
      return std::nullopt;
    }
    return std::move(value).value();
  }

  std::optional<Micros> duration(std::string_view key) {
    const auto value = text(key);
    if (!value) return std::nullopt;
    auto parsed = parse_duration(*value);
    if (!parsed) {
      complain(key, "must be a duration such as 30s, 10m or 24h, not \"" + *value + "\"");
      return std::nullopt;
    }
    return *parsed;
  }

  std::optional<double> number(std::string_view key, double least, double most) {
    const auto value = text(key);
    if (!value) return std::nullopt;
    double parsed = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), parsed);
    if (error != std::errc{} || end != value->data() + value->size() ||
        !(parsed >= least && parsed <= most)) {
      complain(key,
               "must be a number from " + shown(least) + " to " + shown(most) + ", not \"" + *value + "\"");
      return std::nullopt;
    }
    return parsed;
  }

  std::optional<int> count(std::string_view key) {
    const auto value = number(key, 0, 1'000'000);
    if (value && *value != static_cast<int>(*value)) {
      complain(key, "must be a whole number");
      return std::nullopt;
    }
    if (!value) return std::nullopt;
    return static_cast<int>(*value);
  }

  std::optional<std::string> choice(std::string_view key, const std::vector<std::string>& allowed) {
    auto value = text(key);
    if (!value) return std::nullopt;
    if (std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
      complain(key, "cannot be \"" + *value + "\"" + suggestion(*value, allowed));
      return std::nullopt;
    }
    return value;
  }

  // A list of words or the single word "all".
  std::vector<std::string> words(std::string_view key) {
    const auto node = map_.optional_node(key);
    if (!node) return {};
    if (node->kind() == Kind::scalar && node->scalar() == "all") return {"all"};
    if (node->kind() != Kind::sequence) {
      complain(key, "must be a list of check ids or the word all");
      return {};
    }
    std::vector<std::string> out;
    for (const Node& item : node->items()) {
      if (item.kind() != Kind::scalar)
        problems_.add(item.mark(), step_ + "." + std::string(key) + " must hold check ids only");
      else
        out.push_back(item.scalar());
    }
    return out;
  }

  // At least one word: what checks nothing would always pass.
  std::vector<std::string> required_words(std::string_view key) {
    const auto node = map_.optional_node(key);
    if (!node || (node->kind() == Kind::sequence && node->items().empty()))
      complain(key, "must name at least one check, or be the word all");
    return words(key);
  }

  // The words of a command; their variables are the manifest's and stay.
  std::vector<std::string> required_list(std::string_view key) {
    std::vector<std::string> out;
    const auto node = map_.optional_node(key);
    if (node && node->kind() == Kind::sequence)
      for (const Node& item : node->items())
        if (item.kind() == Kind::scalar) out.push_back(item.scalar());
    if (out.empty()) complain(key, "must be a list: the program and its arguments");
    return out;
  }

  std::optional<bool> flag(std::string_view key) {
    const auto value = choice(key, {"true", "false"});
    if (!value) return std::nullopt;
    return *value == "true";
  }

  void complain(std::string_view key, const std::string& message) {
    problems_.add(map_.mark_of(key), step_ + "." + std::string(key) + ": " + message);
  }
  void finish() { map_.finish(); }

 private:
  static std::string shown(double value) { return std::to_string(static_cast<long>(value)); }

  Map map_;
  std::string step_;
  const Variables& variables_;
  Problems& problems_;
};

void parse_route(Parameters& parameters, StepSpec& step) {
  step.mode = parameters.choice("mode", {"mirror", "split"}).value_or("mirror");
  step.percent = parameters.number("percent", 0, 100).value_or(0);
  step.fallback = parameters.flag("fallback");
  step.or_split = parameters.number("or_split", 0, widest_split);
  if (step.mode == "split" && step.percent > widest_split)
    parameters.complain("percent", "a split gives the candidate at most 50 %: above that use mode mirror, or cut over");
  if (step.mode == "split" && step.or_split)
    parameters.complain("or_split", "is for mode mirror: what a program that is not repeatable gets instead");
}

StepSpec parse_step(StepKind kind, const Node& body, const Variables& variables, Problems& problems) {
  StepSpec step;
  step.kind = kind;
  Parameters parameters(body, std::string(to_string(kind)), variables, problems);
  switch (kind) {
    case StepKind::install:
      parameters.choice("slot", {"candidate"});
      break;
    case StepKind::configure:
      step.config = parameters.choice("config", {"merge", "keep"}).value_or("keep");
      break;
    case StepKind::gate:
      step.checks = parameters.required_words("checks");
      step.after_runs = parameters.count("after_runs").value_or(0);
      break;
    case StepKind::route:
      parse_route(parameters, step);
      break;
    case StepKind::soak:
    case StepKind::analyze:
      step.duration = parameters.duration("for").value_or(Micros::zero());
      step.min_runs = parameters.count("min_runs");
      step.limit = parameters.duration("limit");
      if (kind == StepKind::soak) {
        step.checks = parameters.words("checks");
      } else {
        step.require = parameters.choice("require", {"no-harm", "safe"}).value_or(step.require);
        step.on_inconclusive =
            parameters.choice("on_inconclusive", {"hold", "fail", "pass"}).value_or(step.on_inconclusive);
        step.metrics = parameters.words("metrics");
        if (step.metrics == std::vector<std::string>{"all"}) step.metrics.clear();
      }
      break;
    case StepKind::pause:
      step.unless_auto = parameters.choice("unless", {"auto"}).has_value();
      step.limit = parameters.duration("limit");
      break;
    case StepKind::cutover:
      step.confirm_within = parameters.duration("confirm_within").value_or(step.confirm_within);
      if (step.confirm_within < Micros{1'000'000})
        problems.add(body.mark(), "cutover.confirm_within must be at least 1s");
      break;
    case StepKind::run:
      step.exec = parameters.required_list("exec");
      step.timeout = parameters.duration("timeout").value_or(step.timeout);
      break;
    case StepKind::notify:
      step.message = parameters.text("message").value_or("");
      break;
    case StepKind::preflight:
    case StepKind::backup:
    case StepKind::reconcile:
    case StepKind::confirm:
      break;
  }
  parameters.finish();
  return step;
}

std::vector<std::string> step_kinds() {
  std::vector<std::string> names;
  names.reserve(step_names.size());
  for (const auto& [kind, name] : step_names) names.emplace_back(name);
  return names;
}

void parse_steps(const Node& node, const Variables& variables, Playbook& playbook, Problems& problems) {
  if (node.kind() != Kind::sequence || node.items().empty()) {
    problems.add(node.mark(), "steps must be a list of steps");
    return;
  }
  for (const Node& item : node.items()) {
    if (item.kind() != Kind::map || item.entries().size() != 1) {
      problems.add(item.mark(), "a step is one word with its settings, such as - gate: {checks: [dry-run]}");
      continue;
    }
    const auto [key, body] = item.entries().front();
    const auto kind = parse_step_kind(key.scalar());
    if (!kind) {
      problems.add(key.mark(),
                   "unknown step \"" + key.scalar() + "\"" + suggestion(key.scalar(), step_kinds()));
      continue;
    }
    playbook.steps.push_back(parse_step(*kind, body, variables, problems));
    playbook.places.push_back(key.mark());
  }
}

}  // namespace

std::string_view to_string(StepKind kind) {
  for (const auto& [value, name] : step_names)
    if (value == kind) return name;
  return "?";
}

std::optional<StepKind> parse_step_kind(std::string_view text) {
  for (const auto& [value, name] : step_names)
    if (name == text) return value;
  return std::nullopt;
}

Micros StepSpec::longest(Micros program_timeout) const {
  return limit.value_or(std::max(duration * 7, program_timeout));
}

Result<Playbook> parse_playbook(const std::string& file, std::string_view text,
                                const std::vector<std::pair<std::string, std::string>>& settings) {
  WX_LET(const Node root, yaml::parse(file, text));
  Problems problems;
  Playbook playbook;
  Map map(root, "the playbook", problems);
  WX_TRY(problems.status());
  const std::string version = map.required_string("apiVersion");
  if (!version.empty() && version != "wxctl/v1")
    problems.add(map.mark_of("apiVersion"), "apiVersion must be wxctl/v1, not \"" + version + "\"");
  const std::string found = map.required_string("kind");
  if (!found.empty() && found != "Playbook")
    problems.add(map.mark_of("kind"), "kind must be Playbook, not \"" + found + "\"");
  playbook.name = map.required_string("name");
  playbook.on_failure = map.optional_choice("on_failure", {"rollback", "pause"}).value_or("rollback");

  Variables variables;
  if (const auto vars = map.optional_node("vars")) {
    if (vars->kind() != Kind::map) {
      problems.add(vars->mark(), "vars must be a map of names to values");
      WX_TRY(problems.status());
    }
    for (const auto& [key, value] : vars->entries()) {
      if (value.kind() != Kind::scalar)
        problems.add(value.mark(), "vars." + key.scalar() + " must be a single value");
      else
        variables[key.scalar()] = value.scalar();
    }
  }
  std::vector<std::string> known;
  for (const auto& [key, value] : variables) known.push_back(key);
  for (const auto& [key, value] : settings) {
    if (!variables.contains(key))
      return Error{Code::invalid, "--set " + key + "=" + value + ": playbook " + playbook.name +
                                      " has no variable \"" + key + "\"" + suggestion(key, known)};
    variables[key] = value;
  }
  for (const auto& [key, value] : variables) playbook.vars.emplace_back(key, value);
  if (const auto steps = map.required_node("steps")) parse_steps(*steps, variables, playbook, problems);
  map.finish();
  WX_TRY(problems.status());
  return playbook;
}

std::string describe(const StepSpec& step) {
  switch (step.kind) {
    case StepKind::preflight:
      return "check the machine";
    case StepKind::backup:
      return "back up program, config, units and state";
    case StepKind::install:
      return "install the release into the free slot";
    case StepKind::configure:
      return step.config == "merge" ? "add the release's new settings to the config" : "keep the config";
    case StepKind::gate:
      return "gate: " + join(step.checks, ", ") +
             (step.after_runs > 0 ? " after " + plural(static_cast<std::uint64_t>(step.after_runs), "run")
                                  : "");
    case StepKind::route:
      return "route " + percent_number(step.percent) + " %" + " of the runs to the candidate, " + step.mode;
    case StepKind::soak:
      return "soak for " + format_duration(step.duration) + ", at least " +
             plural(static_cast<std::uint64_t>(step.needed_runs()), "run");
    case StepKind::analyze:
      return "analyze for " + format_duration(step.duration) + ", at least " +
             plural(static_cast<std::uint64_t>(step.needed_runs()), "run") + " of the candidate, require " +
             step.require;
    case StepKind::pause:
      return std::string("wait for a person") + (step.unless_auto ? ", unless --auto" : "");
    case StepKind::cutover:
      return "cut over to the new version (dead-man's lease " + format_duration(step.confirm_within) + ")";
    case StepKind::reconcile:
      return "copy points that only the candidate has";
    case StepKind::confirm:
      return "confirm: the new version stays";
    case StepKind::run:
      return "run " + join(step.exec, " ");
    case StepKind::notify:
      return "notify: " + step.message;
  }
  return {};
}

std::string describe_undo(const StepSpec& step) {
  switch (step.kind) {
    case StepKind::install:
      return "give the slot its former release and state back";
    case StepKind::configure:
      return "give the candidate its former config back";
    case StepKind::route:
      return "route every run to the active slot";
    case StepKind::cutover:
      return "switch back, restore the units, verify by a run";
    default:
      return {};
  }
}

}  // namespace wx
