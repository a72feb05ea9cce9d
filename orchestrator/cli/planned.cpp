#include "orchestrator/cli/planned.hpp"

#include <algorithm>

#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "common/yaml/merge.hpp"
#include "orchestrator/cli/complaints.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/domain/expected_runs.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/preflight.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

namespace {

using nlohmann::json;

// What the timer makes of the steps.
struct Outlook {
  std::vector<Expectation> steps;  // empty: cannot be told
  double candidate_runs = 0;
  Micros lasts{0};
  bool waits_for_person = false;
};

Outlook outlook_of(const PreparedRollout& rollout) {
  const Plan& plan = rollout.plan;
  Outlook out;
  bool cut_over = false;
  if (rollout.cadence)
    out.steps = expected(plan.steps, *rollout.cadence, rollout.manifest.program.timeout, plan.auto_confirm);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const StepSpec& step = plan.steps[i];
    cut_over = cut_over || step.kind == StepKind::cutover;
    if (step.kind == StepKind::pause)
      out.waits_for_person = out.waits_for_person || !step.unless_auto || !plan.auto_confirm;
    if (out.steps.empty()) {
      out.lasts += step.duration;
      continue;
    }
    out.lasts += out.steps[i].lasts.value_or(Micros{0});
    if (!cut_over) out.candidate_runs += out.steps[i].runs;
  }
  return out;
}

// Nobody wants to read microseconds of hours.
std::string rough(Micros duration) {
  constexpr Micros second{1'000'000};
  return format_duration(duration < second * 10 ? duration : (duration + second / 2) / second * second);
}

std::string expected_text(const StepSpec& step, const Expectation& expectation, bool cut_over) {
  if (step.kind == StepKind::pause && !expectation.lasts) return "a person's word";
  if (!expectation.lasts || *expectation.lasts == Micros{0}) return {};
  return counted_runs(expectation.runs) + (cut_over ? " in " : " of the candidate in ") +
         rough(*expectation.lasts);
}

std::string summary(const PreparedRollout& rollout, const Outlook& outlook) {
  const auto& steps = rollout.plan.steps;
  const bool mirrors = std::any_of(steps.begin(), steps.end(), [](const StepSpec& step) {
    return step.kind == StepKind::route && step.mode == "mirror";
  });
  std::string out = "It takes at least " + rough(outlook.lasts) +
                    (outlook.waits_for_person ? ", and the time until a person decides." : ".");
  const auto interval = rollout.cadence ? rollout.cadence->time_for(1) : std::nullopt;
  if (interval)
    out += " The timer starts it each " + rough(*interval) + " on average" +
           (outlook.candidate_runs > 0
                ? ": " + runs_number(outlook.candidate_runs) + " runs of the candidate are to be expected."
                : ".");
  if (mirrors && interval)
    out += " Mirroring means " + runs_number(mirrored_runs_a_day(steps, *rollout.cadence)) +
           " more runs a day, and as many calls to whatever the program asks.";
  else if (mirrors)
    out += " While it is mirrored the program runs twice for each tick, and asks whatever it asks twice.";
  return out;
}

std::string plan_text(const World& world, const PreparedRollout& rollout, const Outlook& outlook) {
  const Plan& plan = rollout.plan;
  std::string out = toned(world, Tone::strong, plan.app) + ": " + plan.strategy + ", " +
                    (plan.from ? plan.from->version + " (" + plan.from->id + ") in " +
                                     std::string(to_string(*plan.active)) + " -> "
                               : "first deployment of ") +
                    plan.to.version + " (" + plan.to.id + ") in " + std::string(to_string(plan.target)) +
                    "\n\n";
  bool cut_over = false;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const StepSpec& step = plan.steps[i];
    cut_over = cut_over || step.kind == StepKind::cutover;
    out += "  " + std::to_string(i + 1) + ". " + describe(step) + "\n";
    const std::string awaited =
        outlook.steps.empty() ? std::string{} : expected_text(step, outlook.steps[i], cut_over);
    if (!awaited.empty()) out += toned(world, Tone::dim, "       expected: " + awaited) + "\n";
    if (const std::string undo = describe_undo(step); !undo.empty())
      out += toned(world, Tone::dim, "       undo: " + undo) + "\n";
  }
  return out + "\n" + summary(rollout, outlook) + "\n";
}

std::string config_diff(const World& world, const Layout& layout, const PreparedRollout& rollout) {
  if (!rollout.manifest.config || !rollout.config_source) return {};
  const std::string path = rollout.plan.source + "/" + rollout.manifest.config->template_file;
  auto defaults = world.ports.files.read(path, largest_config);
  if (!defaults) return {};
  auto merged = yaml::merge_defaults(layout.live_config(), *rollout.config_source, path, *defaults);
  return merged ? yaml::masked_diff(*rollout.config_source, merged->text, "config") : std::string{};
}

// Why a deploy would be refused now; empty when it would not.
Result<std::string> in_the_way(const World& world, const Layout& layout) {
  if (!exists(world.ports.files, layout.state)) return std::string{};
  WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
  if (!running) return std::string{};
  return layout.app + " is held by the rollout " + running->plan.id + " (" + running->plan.strategy + " to " +
         running->plan.to.version + ", since " + format_instant(running->plan.created) + ", " +
         running->phase + ")";
}

json outlook_json(const PreparedRollout& rollout, const Outlook& outlook) {
  const auto interval = rollout.cadence ? rollout.cadence->time_for(1) : std::nullopt;
  const bool known = !outlook.steps.empty();
  return {{"interval_us", interval ? json(interval->count()) : json(nullptr)},
          {"candidate_runs", known ? json(outlook.candidate_runs) : json(nullptr)},
          {"lasts_us", outlook.lasts.count()},
          {"waits_for_person", outlook.waits_for_person},
          {"mirrored_runs_a_day",
           known ? json(mirrored_runs_a_day(rollout.plan.steps, *rollout.cadence)) : json(nullptr)}};
}

std::string plan_json(const World& world, const Layout& layout, const PreparedRollout& rollout,
                      const Outlook& outlook, const std::string& busy,
                      const std::vector<CheckResult>& checks) {
  json document = json::parse(render_plan(rollout.plan));
  for (std::size_t i = 0; i < rollout.plan.steps.size(); ++i) {
    json& step = document["steps"][i];
    const bool known = !outlook.steps.empty();
    step["expected_runs"] = known ? json(outlook.steps[i].runs) : json(nullptr);
    step["expected_us"] =
        known && outlook.steps[i].lasts ? json(outlook.steps[i].lasts->count()) : json(nullptr);
  }
  document["already_active"] = rollout.already_active;
  document["expected"] = outlook_json(rollout, outlook);
  document["warnings"] = json::parse(complaints_json(rollout.warnings));
  document["busy"] = busy.empty() ? json(nullptr) : json(busy);
  document["config_diff"] = config_diff(world, layout, rollout);
  document["preflight"] = json::parse(checks_json(checks, exit_of(checks, false) == 0))["checks"];
  return dump(document);
}

}  // namespace

Status show_plan(const World& world, const Layout& layout, const PreparedRollout& rollout) {
  const auto checks =
      preflight_checks({world.ports, layout, rollout.manifest, rollout.plan.steps, rollout.plan.source,
                        unit_context(world, layout, parent_path(world.places.program))});
  const Outlook outlook = outlook_of(rollout);
  WX_LET(const std::string busy, in_the_way(world, layout));
  if (world.options.json) {
    print_line(plan_json(world, layout, rollout, outlook, busy, checks));
    return {};
  }
  if (rollout.already_active) {
    print_line(rollout.plan.to.version + " is already active: nothing to do");
    return {};
  }
  print(plan_text(world, rollout, outlook) + "\n");
  for (const auto& warning : rollout.warnings) print(complaint_text(world, warning));
  for (const auto& check : checks)
    if (check.status != CheckStatus::na) print(check_line(world, check) + "\n");
  if (const std::string diff = config_diff(world, layout, rollout); !diff.empty()) print("\n" + diff);
  if (!busy.empty())
    print("\n" + toned(world, Tone::warn, "A deploy would be refused now (exit 5): " + busy) + "\n");
  return {};
}

}  // namespace wx
