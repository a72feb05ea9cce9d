#include "orchestrator/engine/evidence.hpp"

#include <algorithm>
#include <cstdlib>

#include "orchestrator/engine/check_runner.hpp"
#include "orchestrator/engine/run_points.hpp"
#include "orchestrator/routing/shares.hpp"

namespace wx {

namespace {

constexpr std::size_t runs_a_look = 20;
constexpr int syslog_error = 3;
constexpr std::size_t entries_a_look = 1000;
// What a program said last reaches the journal a moment after its end.
constexpr Micros settles_within{300'000};

// The manager's own line about a run that failed: that metric is another.
bool tells_of_a_failed_run(const JournalEntry& entry) {
  return entry.identifier == "systemd" && entry.message.starts_with("Failed to start ");
}

bool left_by(const JournalEntry& entry, const Run& run) {
  if (!entry.invocation.empty() && !run.invocation.empty()) return entry.invocation == run.invocation;
  return entry.at >= run.at && entry.at <= run.at + Millis{run.duration_ms.value_or(0)};
}

bool has_ended(const Run& run) {
  return run.result && *run.result != "lost";
}

bool is_metric(const CheckSpec& check) {
  return !check.metric.empty() || !check.ratio.empty();
}

}  // namespace

WallTime on_trial_since(const Plan& plan, const RolloutJournal& journal, WallTime fallback) {
  const auto& records = journal.records();
  const auto anew = std::find_if(records.rbegin(), records.rend(), [](const JournalRecord& record) {
    return record.kind == "request" && record.field("anew") == "yes";
  });
  if (anew != records.rend()) return anew->at;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].kind != StepKind::route) continue;
    // A run may begin before the route's result is recorded.
    if (const auto* record = journal.first("intent", static_cast<int>(i))) return record->at;
  }
  return fallback;
}

Result<Evidence> Evidence::open(RolloutContext& rollout, WallTime since) {
  WX_LET(Samples samples, read_samples(rollout.ports.files, rollout.layout.samples(rollout.plan.id)));
  return Evidence(rollout, since, std::move(samples));
}

bool Evidence::has_settled(const Run& run) const {
  return rollout_.ports.clock.now() >= run.at + Millis{run.duration_ms.value_or(0)} + settles_within;
}

bool Evidence::counts(const Run& run) const {
  return run.at >= since_ && run.rollout == rollout_.plan.id && run.counted && has_ended(run) &&
         has_settled(run) && (run.mirror_of || run.block || run.role == "active");
}

void Evidence::learn_route(std::uint64_t generation, std::string& lines) {
  if (samples_.routes.contains(generation)) return;
  const auto known = rollout_.generations.read(generation);
  if (!known) return;
  Route route = known->route;
  route.generation = generation;
  lines += render_sample(route);
  samples_.routes[generation] = std::move(route);
}

void Evidence::measure_errors(const std::vector<const Run*>& runs, std::map<std::string, bool>& errors) {
  for (const Slot slot : {Slot::blue, Slot::green}) {
    std::vector<const Run*> of_slot;
    for (const Run* run : runs)
      if (run->slot == to_string(slot)) of_slot.push_back(run);
    if (of_slot.empty()) continue;
    JournalQuery query;
    query.units = {instance_name(rollout_.manifest.service, to_string(slot))};
    query.since = of_slot.front()->at;
    query.max_priority = syslog_error;
    query.limit = entries_a_look;
    const auto entries = rollout_.ports.journal.entries(query);
    if (!entries) continue;  // a machine without a journal tells nothing of errors
    for (const Run* run : of_slot)
      errors[run->id] = std::any_of(entries->begin(), entries->end(), [&](const JournalEntry& entry) {
        return !tells_of_a_failed_run(entry) && left_by(entry, *run);
      });
  }
}

void Evidence::measure_metrics(const Run& run, RunFacts& facts) {
  const auto number = rollout_.generations.current_number();
  const auto generation = rollout_.generations.current();
  const auto slot = parse_slot(run.slot);
  if (!number || !*number || !generation || !*generation || !slot || !(*generation)->slot(*slot)) return;
  const CheckTarget target{rollout_.ports, rollout_.layout, rollout_.manifest, **generation, **number, *slot};
  for (const auto& check : rollout_.manifest.checks) {
    if (!is_metric(check)) continue;
    const CheckResult result = run_manifest_check(target, check);
    if (result.status == CheckStatus::pass || result.status == CheckStatus::fail)
      facts.metrics[check.id] = std::strtod(result.observed.c_str(), nullptr);
  }
}

Status Evidence::look(const std::vector<Run>& runs) {
  std::vector<std::size_t> fresh;
  std::map<std::string, std::size_t> newest;  // by slot
  for (std::size_t i = 0; i < runs.size(); ++i) {
    newest[runs[i].slot] = i;
    if (fresh.size() < runs_a_look && counts(runs[i]) && !samples_.runs.contains(runs[i].id))
      fresh.push_back(i);
  }
  obstacles_.clear();
  if (fresh.empty()) return {};
  std::vector<const Run*> fresh_runs;
  fresh_runs.reserve(fresh.size());
  for (const std::size_t i : fresh) fresh_runs.push_back(&runs[i]);
  std::map<std::string, bool> errors;
  measure_errors(fresh_runs, errors);
  std::string lines;
  const auto& store = rollout_.manifest.store;
  for (const std::size_t i : fresh) {
    learn_route(runs[i].generation, lines);
    RunFacts facts;
    if (store) {
      RunPoints points(rollout_.ports, rollout_.layout, *store, since_);
      if (const auto measured = points.measure(runs, i, facts); !measured) {
        obstacles_["points"] = measured.error().message;
        break;
      }
    }
    if (const auto error = errors.find(runs[i].id); error != errors.end()) facts.errors = error->second;
    if (newest.at(runs[i].slot) == i) measure_metrics(runs[i], facts);
    lines += render_sample(runs[i].id, facts);
    samples_.runs[runs[i].id] = std::move(facts);
  }
  if (lines.empty()) return {};
  return rollout_.ports.files.append(rollout_.layout.samples(rollout_.plan.id), lines, false);
}

ObservationScope observation_scope(const std::string& rollout, WallTime since, const Samples& samples) {
  ObservationScope scope;
  scope.rollout = rollout;
  scope.since = since;
  scope.facts = samples.runs;
  for (const auto& [generation, route] : samples.routes)
    scope.routes[generation] = {route.mode, route.percent};
  return scope;
}

std::string broken_split(const std::vector<Run>& runs, const Samples& samples) {
  for (const auto& [generation, route] : samples.routes) {
    if (route.mode != RouteMode::split) continue;
    const Shares shares = shares_of(runs, route);
    if (!shares.exact()) return shares.deviation;
  }
  return {};
}

}  // namespace wx
