#include "orchestrator/engine/replay.hpp"

#include "orchestrator/engine/evidence.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/rollout.hpp"
#include "orchestrator/engine/run_log.hpp"

namespace wx {

namespace {

// What was looked at, and until when.
struct Question {
  StepSpec step;
  WallTime started{};
  WallTime until{};
  std::string recorded;
  bool aborted = false;  // somebody ended the rollout while it was looked at
};

std::optional<int> last_step(const Plan& plan, const RolloutJournal& journal, StepKind kind) {
  std::optional<int> out;
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    if (plan.steps[i].kind == kind && journal.first("intent", static_cast<int>(i)) != nullptr)
      out = static_cast<int>(i);
  return out;
}

// When something ended the step that was begun last: its own verdict, its result, an undo; else now.
WallTime end_of_step(const RolloutJournal& journal, int step, WallTime now) {
  const auto& records = journal.records();
  bool begun = false;
  WallTime end = now;
  for (const auto& record : records) {
    const bool own = record.step == step;
    if (own && record.kind == "intent") {
      begun = true;
      end = now;
    } else if (begun && end == now &&
               ((own && (record.kind == "measure" || record.kind == "result")) || record.kind == "undo")) {
      end = record.at;
    }
  }
  return end;
}

Question last_analysis(const Plan& plan, const RolloutJournal& journal, int step, WallTime now) {
  Question out;
  out.step = plan.steps[static_cast<std::size_t>(step)];
  const auto* intent = journal.last("intent", step);
  out.started = intent->at;
  out.until = end_of_step(journal, step, now);
  const auto* measure = journal.last("measure", step);
  if (measure != nullptr && measure->at >= intent->at) out.recorded = measure->field("verdict");
  const auto* undo = journal.last("undo");
  out.aborted = out.recorded.empty() && undo != nullptr && undo->at == out.until &&
                undo->field("verdict") == "cancelled";
  return out;
}

Question whole_trial(const Plan& plan, const RolloutJournal& journal, WallTime since, WallTime now) {
  Question out;
  out.step.kind = StepKind::analyze;
  out.started = since;
  out.until = now;
  if (const auto* end = journal.last("end")) out.until = end->at;
  if (const auto* undo = journal.last("undo")) out.until = undo->at;
  if (const auto cutover = last_step(plan, journal, StepKind::cutover))
    out.until = journal.first("intent", *cutover)->at;
  return out;
}

}  // namespace

AnalysisQuestion analysis_question(const StepSpec& step, const Manifest& manifest, WallTime started,
                                   WallTime now) {
  AnalysisQuestion out;
  out.duration = step.duration;
  out.limit = step.longest(manifest.program.timeout);
  out.min_runs = step.needed_runs();
  out.safe = step.require == "safe";
  out.metrics = step.metrics;
  out.checks = manifest.checks;
  out.started = started;
  out.now = now;
  return out;
}

Result<Replay> replay_analysis(Ports& ports, const Layout& layout, const std::string& rollout) {
  WX_LET(const RolloutView view, find_rollout(ports.files, layout, rollout));
  const Plan& plan = view.plan;
  WX_LET(const RolloutJournal journal,
         RolloutJournal::open(ports.files, ports.clock, layout.rollout(rollout) + "/journal"));
  WX_LET(const std::string text,
         ports.files.read(layout.rollout(rollout) + "/manifest.yaml", largest_manifest));
  WX_LET(const Manifest manifest, parse_manifest(layout.rollout(rollout) + "/manifest.yaml", text));
  const WallTime now = ports.clock.now();
  const WallTime since = on_trial_since(plan, journal, now);
  const auto step = last_step(plan, journal, StepKind::analyze);
  if (!step && since == now)
    return Error{Code::impossible,
                 "rollout " + rollout +
                     " gave its candidate no runs beside the active slot: there is nothing to judge",
                 "wxctl show " + rollout};
  const Question asked =
      step ? last_analysis(plan, journal, *step, now) : whole_trial(plan, journal, since, now);

  RunLog log(ports, layout, manifest.service, manifest.program.timeout);
  WX_LET(const Ledger ledger, log.read());
  WX_LET(const Samples samples, read_samples(ports.files, layout.samples(rollout)));
  ObservationScope scope = observation_scope(rollout, since, samples);
  scope.until = asked.until;
  AnalysisQuestion question = analysis_question(asked.step, manifest, asked.started, asked.until);
  if (!step) question.min_runs = 2;
  question.broken_split = broken_split(ledger.runs, samples);
  Replay out{rollout, analyze(question, observe(ledger.runs, scope)), asked.recorded};
  if (asked.aborted && out.analysis.verdict != Verdict::fail) {
    out.analysis.message = "cancelled: the rollout was aborted while it was judged; " + out.analysis.message;
    out.analysis.verdict = Verdict::cancelled;
  }
  return out;
}

}  // namespace wx
