// gate, route, soak: the new version is tried.
#include <algorithm>
#include <cstdint>

#include "common/core/text.hpp"
#include "orchestrator/domain/soak.hpp"
#include "orchestrator/engine/evidence.hpp"
#include "orchestrator/engine/gates.hpp"
#include "orchestrator/engine/run_log.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/steps.hpp"
#include "orchestrator/engine/store_access.hpp"
#include "orchestrator/routing/blocks.hpp"

namespace wx {

namespace {

constexpr Micros shortest_poll{100'000};
constexpr Micros longest_poll{1'000'000};
constexpr std::size_t tail_lines_kept = 5;

bool is_active(const Generation& generation, Slot slot) { return generation.route.active == slot; }

// Since when the slot under trial has been answerable for errors: its cutover, else the beginning of this step.
WallTime answerable_since(const RolloutContext& rollout, WallTime fallback) {
  for (std::size_t i = 0; i < rollout.plan.steps.size(); ++i) {
    if (rollout.plan.steps[i].kind != StepKind::cutover) continue;
    if (const auto* record = rollout.journal.first("intent", static_cast<int>(i))) return record->at;
  }
  return fallback;
}

Status record_check(RolloutContext& rollout, int step, const CheckResult& check) {
  if (check.status == CheckStatus::na) return {};
  WX_TRY(rollout.journal.append("note", step,
                                {{"check", check.id}, {"status", std::string(to_string(check.status))}, {"message", check.id + ": " + check.message}}));
  if (check.status != CheckStatus::fail) return {};
  auto lines = split(trim(check.tail), '\n');
  if (lines.size() > tail_lines_kept) lines.erase(lines.begin(), lines.end() - tail_lines_kept);
  for (const auto& line : lines)
    if (!line.empty()) WX_TRY(rollout.journal.append("note", step, {{"output", "yes"}, {"message", "  | " + printable(line, 300)}}));
  return {};
}

RouteMode route_mode(const StepSpec& step) {
  if (step.percent <= 0) return RouteMode::none;
  return step.mode == "split" ? RouteMode::split : RouteMode::mirror;
}

std::string told(const Route& route) {
  const std::string active(to_string(*route.active));
  const std::string candidate(to_string(*route.candidate));
  const BlockShape shape = block_shape(route.percent);
  switch (route.mode) {
    case RouteMode::none:
      return "every run is " + active + "'s";
    case RouteMode::mirror:
      return (shape.chosen == shape.size
                  ? "every run of " + active
                  : std::to_string(shape.chosen) + " of " + std::to_string(shape.size) + " runs of " + active) +
             " is followed by one of " + candidate;
    case RouteMode::split:
      return std::to_string(shape.chosen) + " of each " + std::to_string(shape.size) + " ticks is run by " +
             candidate + " instead of " + active + (route.fallback ? "; what fails there is run again by " + active : "");
  }
  return {};
}

// A gate tells every result; a soak looks again and again, and only what is wrong is news. What could not be
// checked while a soak lasts is checked again.
enum class Look { gate, soak_lasts, soak_ends };

bool is_news(Look look, CheckStatus status) {
  switch (look) {
    case Look::gate: return true;
    case Look::soak_lasts: return status == CheckStatus::fail;
    case Look::soak_ends: return status != CheckStatus::pass;
  }
  return true;
}

// Run these checks now; the first failure, or a required check that could not be made, as an error.
Result<std::string> judge(const StepRun& run, const std::vector<std::string>& ids, Look look) {
  RolloutContext& rollout = run.rollout;
  WX_LET(const auto number, rollout.generations.current_number());
  WX_LET(const auto generation, rollout.generations.current());
  if (!generation || !generation->slot(rollout.plan.target)) return Error{Code::bug, "a gate before install"};
  RunLog runs(rollout.ports, rollout.layout, rollout.manifest.service, rollout.manifest.program.timeout);
  const BuiltinScope scope{{rollout.ports, rollout.layout, rollout.manifest, *generation, *number, rollout.plan.target, run.pulse},
                           runs, answerable_since(rollout, run.started), true};
  Status recorded;
  std::size_t passed = 0;
  const auto results = run_checks(scope, ids, [&](const CheckResult& check) {
    if (recorded && is_news(look, check.status)) recorded = record_check(rollout, run.index, check);
    if (recorded) recorded = run.pulse();
    if (check.status == CheckStatus::pass || check.status == CheckStatus::warn) ++passed;
  });
  WX_TRY(std::move(recorded));
  const CheckResult* drift = nullptr;
  for (const auto& check : results) {
    if (check.status != CheckStatus::fail) continue;
    if (check.id != "drift") return Error{Code::failed, check.id + ": " + check.message, check.remedy};
    drift = &check;
  }
  // What somebody else did says nothing about the release.
  if (drift != nullptr) return Error{Code::inconclusive, "drift: " + drift->message, drift->remedy};
  for (const auto& check : results)
    if (look != Look::soak_lasts && check.required && check.status == CheckStatus::skip) {
      // A manager that is away is tried again; whatever else is in the way, a person must look at.
      const bool away = check.cause == Code::unavailable || check.cause == Code::timeout;
      return Error{away ? *check.cause : Code::inconclusive, check.id + " could not be made: " + check.message, check.remedy};
    }
  if (passed == 0) return "nothing to check: the manifest defines no " + join(ids, ", no ");
  return plural(passed, "check") + " passed";
}

// ", points: NAME 48, NAME-candidate 48"; empty without a store that can be asked.
std::string points_told(const RolloutContext& rollout) {
  const auto& store = rollout.manifest.store;
  if (!store || store->kind != "sqlite") return {};
  std::vector<std::string> parts;
  for (const BucketRole role : {BucketRole::main, BucketRole::candidate}) {
    auto bucket = open_bucket(rollout.ports, rollout.layout, *store, role);
    if (!bucket) return {};
    const auto points = bucket->store->count(bucket->range(INT64_MIN, INT64_MAX));
    if (points) parts.push_back(bucket->bucket + " " + std::to_string(*points));
  }
  return parts.empty() ? std::string{} : "; points: " + join(parts, ", ");
}

// As written, else the last gate's; none when it only waits for runs, or for nothing.
std::vector<std::string> soak_checks(const StepRun& run) {
  std::vector<std::string> checks = run.spec.checks;
  if (!checks.empty() || run.spec.duration == Micros::zero()) return checks;
  for (int i = 0; i < run.index; ++i)
    if (run.rollout.plan.steps[static_cast<std::size_t>(i)].kind == StepKind::gate)
      checks = run.rollout.plan.steps[static_cast<std::size_t>(i)].checks;
  return checks;
}

}  // namespace

Result<std::string> gate_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  if (run.spec.after_runs > 0) {
    StepSpec wait;
    wait.kind = StepKind::soak;
    wait.min_runs = run.spec.after_runs;
    wait.limit = run.spec.limit.value_or(rollout.manifest.program.timeout * (run.spec.after_runs + 1));
    const StepRun waiting{rollout, wait, run.index, answerable_since(rollout, run.started), run.pulse};
    WX_LET(const std::string waited, soak_step(waiting));
    WX_TRY(rollout.note(waited, run.index));
  }
  return judge(run, run.spec.checks, Look::gate);
}

Result<std::string> command_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  WX_LET(const auto number, rollout.generations.current_number());
  WX_LET(const auto generation, rollout.generations.current());
  if (!generation || !generation->slot(rollout.plan.target)) return Error{Code::bug, "a command before install"};
  const CheckTarget target{rollout.ports, rollout.layout, rollout.manifest, *generation, *number, rollout.plan.target, run.pulse};
  CheckSpec command;
  command.id = "run";
  command.exec = run.spec.exec;
  command.timeout = run.spec.timeout;
  const CheckResult result = run_manifest_check(target, command);
  WX_TRY(record_check(rollout, run.index, result));
  if (result.status == CheckStatus::pass) return result.message;
  return Error{result.cause.value_or(Code::failed), result.message, result.remedy};
}

Result<std::string> route_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  WX_LET(auto generation, rollout.generations.current());
  if (!generation) return Error{Code::bug, "route before install"};
  Route& route = generation->route;
  route.candidate = rollout.plan.target;
  route.mode = route_mode(run.spec);
  route.percent = run.spec.percent;
  route.fallback = run.spec.fallback.value_or(rollout.manifest.program.repeatable);
  route.repeatable = rollout.manifest.program.repeatable;
  route.seed = rollout.plan.id;
  WX_LET(const std::uint64_t number, rollout.generations.commit(*generation));
  return "generation " + std::to_string(number) + ": " + told(route);
}

Result<std::string> soak_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  WX_LET(const auto generation, rollout.generations.current());
  if (!generation) return Error{Code::bug, "soak before install"};
  RunLog log(rollout.ports, rollout.layout, rollout.manifest.service, rollout.manifest.program.timeout);
  const bool active = is_active(*generation, rollout.plan.target);
  const Micros poll = std::clamp(run.spec.duration / 100, shortest_poll, longest_poll);
  const std::vector<std::string> checks = soak_checks(run);
  std::size_t looked_at = 0;
  while (true) {
    WX_LET(const Ledger ledger, log.read());
    const SoakView view = judge_soak({run.spec, rollout.plan.target, active, on_trial_since(rollout.plan, rollout.journal, run.started), run.started,
                                      rollout.ports.clock.now(), rollout.manifest.program.timeout}, ledger.runs);
    switch (view.state) {
      case SoakState::failed: return Error{Code::failed, view.message, "wxctl runs; journalctl --user -u " + instance_name(rollout.manifest.service, to_string(rollout.plan.target))};
      case SoakState::insufficient: return Error{Code::undecided, view.message, "wait for more runs, or: wxctl abort"};
      case SoakState::passed: {
        if (checks.empty()) return view.message + points_told(rollout);
        WX_LET(const std::string judged, judge(run, checks, Look::soak_ends));
        return view.message + ", " + judged + points_told(rollout);
      }
      case SoakState::going:
        if (!checks.empty() && view.ended > looked_at) WX_TRY(judge(run, checks, Look::soak_lasts));
        looked_at = view.ended;
        break;
    }
    WX_TRY(run.pulse());
    rollout.ports.clock.sleep(poll);
  }
}

}  // namespace wx
