#include "orchestrator/engine/plan.hpp"

#include "orchestrator/engine/format.hpp"
#include "orchestrator/engine/json_values.hpp"

namespace wx {

namespace {

using nlohmann::json;

json reference(const ReleaseRef& release) {
  return {{"release", release.id}, {"version", release.version}};
}

ReleaseRef reference(const json& value) {
  return {value.at("release").get<std::string>(), value.at("version").get<std::string>()};
}

Slot plan_slot(const json& value) {
  const auto slot = parse_slot(value.get<std::string>());
  if (!slot) throw std::runtime_error("unknown slot");
  return *slot;
}

json step_json(const StepSpec& step) {
  std::optional<std::int64_t> limit;
  if (step.limit) limit = step.limit->count();
  return {{"step", to_string(step.kind)},
          {"what", describe(step)},
          {"undo", describe_undo(step)},
          {"config", step.config},
          {"checks", step.checks},
          {"after_runs", step.after_runs},
          {"percent", step.percent},
          {"mode", step.mode},
          {"for_us", step.duration.count()},
          {"min_runs", or_null(step.min_runs)},
          {"limit_us", or_null(limit)},
          {"confirm_within_us", step.confirm_within.count()},
          {"fallback", or_null(step.fallback)},
          {"require", step.require},
          {"on_inconclusive", step.on_inconclusive},
          {"metrics", step.metrics},
          {"unless_auto", step.unless_auto},
          {"exec", step.exec},
          {"timeout_us", step.timeout.count()},
          {"message", step.message}};
}

StepSpec step_of(const json& value) {
  StepSpec step;
  const auto kind = parse_step_kind(value.at("step").get<std::string>());
  if (!kind) throw std::runtime_error("unknown step");
  step.kind = *kind;
  step.config = value.at("config").get<std::string>();
  step.checks = value.at("checks").get<std::vector<std::string>>();
  step.after_runs = value.at("after_runs").get<int>();
  step.percent = value.at("percent").get<double>();
  step.mode = value.at("mode").get<std::string>();
  step.duration = Micros{value.at("for_us").get<std::int64_t>()};
  if (!value.at("min_runs").is_null()) step.min_runs = value.at("min_runs").get<int>();
  if (!value.at("limit_us").is_null()) step.limit = Micros{value.at("limit_us").get<std::int64_t>()};
  step.confirm_within = Micros{value.at("confirm_within_us").get<std::int64_t>()};
  // Plans of the first releases lack what follows.
  if (value.contains("fallback") && !value.at("fallback").is_null())
    step.fallback = value.at("fallback").get<bool>();
  step.require = value.value("require", step.require);
  step.on_inconclusive = value.value("on_inconclusive", step.on_inconclusive);
  step.metrics = value.value("metrics", step.metrics);
  step.unless_auto = value.value("unless_auto", step.unless_auto);
  step.exec = value.value("exec", step.exec);
  step.timeout = Micros{value.value("timeout_us", step.timeout.count())};
  step.message = value.value("message", step.message);
  return step;
}

}  // namespace

std::string render_plan(const Plan& plan) {
  json steps = json::array();
  for (const auto& step : plan.steps) steps.push_back(step_json(step));
  const json document{{"format", engine_format},
                      {"id", plan.id},
                      {"app", plan.app},
                      {"strategy", plan.strategy},
                      {"created", plan.created.time_since_epoch().count()},
                      {"active", plan.active ? json(to_string(*plan.active)) : json(nullptr)},
                      {"target", to_string(plan.target)},
                      {"from", plan.from ? reference(*plan.from) : json(nullptr)},
                      {"to", reference(plan.to)},
                      {"source", plan.source},
                      {"state_source", plan.state_source},
                      {"engine_dir", plan.engine_dir},
                      {"auto", plan.auto_confirm},
                      {"on_failure", plan.on_failure},
                      {"settings", plan.settings},
                      {"reverts", plan.reverts},
                      {"verify", plan.verify},
                      {"now", plan.now},
                      {"steps", steps}};
  return document.dump(1) + "\n";
}

Result<Plan> parse_plan(std::string_view text) {
  try {
    const json document = json::parse(text);
    if (document.at("format").get<int>() > engine_format) return newer_format("the plan");
    Plan plan;
    plan.id = document.at("id").get<std::string>();
    plan.app = document.at("app").get<std::string>();
    plan.strategy = document.at("strategy").get<std::string>();
    plan.created = WallTime{Micros{document.at("created").get<std::int64_t>()}};
    if (!document.at("active").is_null()) plan.active = plan_slot(document.at("active"));
    plan.target = plan_slot(document.at("target"));
    if (!document.at("from").is_null()) plan.from = reference(document.at("from"));
    plan.to = reference(document.at("to"));
    plan.source = document.at("source").get<std::string>();
    plan.engine_dir = document.at("engine_dir").get<std::string>();
    plan.auto_confirm = document.at("auto").get<bool>();
    plan.on_failure = document.at("on_failure").get<std::string>();
    plan.reverts = document.at("reverts").get<std::string>();
    plan.state_source = document.value("state_source", "");
    plan.settings = document.value("settings", plan.settings);
    plan.verify = document.value("verify", plan.verify);
    plan.now = document.value("now", plan.now);
    for (const auto& step : document.at("steps")) plan.steps.push_back(step_of(step));
    return plan;
  } catch (const std::exception& problem) {
    return Error{Code::failed, std::string("the plan cannot be read: ") + problem.what()};
  }
}

}  // namespace wx
