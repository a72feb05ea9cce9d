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

constexpr Micros shortest_lease{1'000'000};

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

  // "soak" when the value is "${soak}"; empty when it is more than a variable, or none.
  std::string variable(std::string_view key) {
    const auto node = map_.optional_node(key);
    if (!node || node->kind() != Kind::scalar) return {};
    for (const auto& [name, value] : variables_)
      if (node->scalar() == "${" + name + "}") return name;
    return {};
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
  bool has(std::string_view key) { return map_.optional_node(key).has_value(); }
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
  if (!parameters.has("percent")) parameters.complain("percent", "is missing: the candidate's share of the runs");
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
      step.duration_variable = parameters.variable("for");
      step.limit_variable = parameters.variable("limit");
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
      if (step.confirm_within < shortest_lease)
        parameters.complain("confirm_within", "must be at least 1s: it is the lease of the way back");
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

std::vector<PlaybookVariable> parse_vars(const Node& node, Problems& problems) {
  std::vector<PlaybookVariable> out;
  for (const auto& [key, value] : node.entries()) {
    if (value.kind() == Kind::scalar)
      out.push_back({key.scalar(), value.scalar(), key.mark()});
    else
      problems.add(value.mark(), "vars." + key.scalar() + " must be a single value");
  }
  return out;
}

Status apply_settings(const std::vector<std::pair<std::string, std::string>>& settings, Playbook& playbook) {
  std::vector<std::string> known;
  for (const auto& variable : playbook.vars) known.push_back(variable.name);
  for (const auto& [name, value] : settings) {
    const auto found = std::ranges::find(playbook.vars, name, &PlaybookVariable::name);
    if (found == playbook.vars.end())
      return Error{Code::invalid, "--set " + name + "=" + value + ": playbook " + playbook.name +
                                      " has no variable \"" + name + "\"" + suggestion(name, known)};
    found->value = value;
  }
  return {};
}

bool mentions(const Node& node, std::string_view text) {
  if (node.kind() == Kind::scalar) return node.scalar().find(text) != std::string::npos;
  if (node.kind() == Kind::sequence) {
    const auto items = node.items();
    return std::any_of(items.begin(), items.end(), [&](const Node& item) { return mentions(item, text); });
  }
  if (node.kind() != Kind::map) return false;
  const auto entries = node.entries();
  return std::any_of(entries.begin(), entries.end(),
                     [&](const auto& entry) { return mentions(entry.second, text); });
}

void parse_steps(const Node& node, Playbook& playbook, Problems& problems) {
  if (node.kind() != Kind::sequence || node.items().empty()) {
    problems.add(node.mark(), "steps must be a list of steps");
    return;
  }
  Variables variables;
  for (const auto& variable : playbook.vars) variables[variable.name] = variable.value;
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
  playbook.head = map.mark_of("name");
  playbook.description = map.optional_string("description").value_or("");
  playbook.on_failure = map.optional_choice("on_failure", {"rollback", "pause"}).value_or("rollback");
  playbook.on_failure_place = map.mark_of("on_failure");
  if (const auto vars = map.optional_node("vars")) {
    if (vars->kind() != Kind::map) {
      problems.add(vars->mark(), "vars must be a map of names to values");
      WX_TRY(problems.status());
    }
    playbook.vars = parse_vars(*vars, problems);
  }
  WX_TRY(apply_settings(settings, playbook));
  if (const auto steps = map.required_node("steps")) {
    parse_steps(*steps, playbook, problems);
    for (auto& variable : playbook.vars) variable.used = mentions(*steps, "${" + variable.name + "}");
  }
  map.finish();
  WX_TRY(problems.status());
  return playbook;
}

}  // namespace wx
