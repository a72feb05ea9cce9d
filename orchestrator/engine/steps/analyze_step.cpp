// analyze: the data of both versions are judged, after each run, until they tell or the limit is reached.
#include "common/core/text.hpp"
#include "orchestrator/engine/evidence.hpp"
#include "orchestrator/engine/replay.hpp"
#include "orchestrator/engine/run_log.hpp"
#include "orchestrator/engine/steps.hpp"

namespace wx {

namespace {

constexpr Micros analysis_poll{500'000};

// A change of what it would say now; the end of the step says the rest.
Status tell(RolloutContext& rollout, int step, const Analysis& analysis, std::optional<Analysis>& told) {
  const bool news = told ? told->verdict != analysis.verdict || told->blamed != analysis.blamed
                         : analysis.verdict != Verdict::insufficient;
  if (news && !analysis.over)
    WX_TRY(rollout.journal.append(
        "note", step,
        {{"verdict", std::string(to_string(analysis.verdict))},
         {"metric", join(analysis.blamed, " ")},
         {"n", std::to_string(analysis.candidate_runs)},
         {"message", std::string(to_string(analysis.verdict)) + " so far: " + analysis.message}}));
  told = analysis;
  return {};
}

// How the step ends with that verdict.
Result<std::string> ended(const StepSpec& step, const Analysis& analysis, const std::string& rollout) {
  const bool pass = analysis.verdict == Verdict::pass;
  const bool inconclusive = analysis.verdict == Verdict::inconclusive;
  const bool undecided = inconclusive || analysis.verdict == Verdict::insufficient;
  if (pass) return analysis.message;
  if (inconclusive && step.on_inconclusive == "pass")
    return "inconclusive, and on_inconclusive is pass: " + analysis.message;
  const std::string message =
      analysis.message + (analysis.change.empty() ? "" : ". What would change it: " + analysis.change);
  if (analysis.verdict == Verdict::fail || (undecided && step.on_inconclusive == "fail"))
    return Error{Code::failed, message, "wxctl analyze --replay " + rollout};
  return Error{analysis.verdict == Verdict::insufficient ? Code::undecided : Code::inconclusive, message,
               "wxctl promote, or wxctl abort"};
}

}  // namespace

Result<std::string> analyze_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  const WallTime since = on_trial_since(rollout.plan, rollout.journal, run.started);
  WX_LET(Evidence evidence, Evidence::open(rollout, since));
  RunLog log(rollout.ports, rollout.layout, rollout.manifest.service, rollout.manifest.program.timeout);
  std::optional<Analysis> told;
  while (true) {
    WX_LET(const Ledger ledger, log.read());
    WX_TRY(evidence.look(ledger.runs));
    AnalysisQuestion question =
        analysis_question(run.spec, rollout.manifest, run.started, rollout.ports.clock.now());
    question.broken_split = broken_split(ledger.runs, evidence.samples());
    question.obstacles = evidence.obstacles();
    const Analysis analysis = analyze(
        question, observe(ledger.runs, observation_scope(rollout.plan.id, since, evidence.samples())));
    WX_TRY(tell(rollout, run.index, analysis, told));
    if (analysis.over) {
      WX_TRY(rollout.journal.append("measure", run.index, analysis_record(analysis)));
      return ended(run.spec, analysis, rollout.plan.id);
    }
    WX_TRY(run.pulse());
    rollout.ports.clock.sleep(analysis_poll);
  }
}

}  // namespace wx
