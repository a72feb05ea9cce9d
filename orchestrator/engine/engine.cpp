#include "orchestrator/engine/engine.hpp"

#include "common/core/duration.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/shares.hpp"
#include "orchestrator/engine/control.hpp"
#include "orchestrator/engine/host_look.hpp"
#include "orchestrator/engine/lease.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/points_home.hpp"
#include "orchestrator/engine/progress.hpp"
#include "orchestrator/engine/revert.hpp"
#include "orchestrator/engine/steps.hpp"
#include "orchestrator/engine/sweep.hpp"

namespace wx {

namespace {

constexpr int attempts = 3;
constexpr Micros default_pause{72LL * 3600 * 1'000'000};

bool begun(const RolloutContext& rollout, StepKind kind) {
  return begun(rollout.plan.steps, rollout.journal, kind);
}

Status end(RolloutContext& rollout, const std::string& phase, const std::string& outcome,
           const std::string& verdict, const std::string& message, const std::string& remedy,
           ExitStatus status) {
  sweep_unfinished(rollout.ports.files, rollout.layout);
  WX_TRY(rollout.journal.append("end", std::nullopt,
                                {{"phase", phase},
                                 {"outcome", outcome},
                                 {"verdict", verdict},
                                 {"message", message},
                                 {"remedy", remedy},
                                 {"exit", std::to_string(to_int(status))}}));
  // Confirmed or taken back it has none any more. What needs a person must not leave one behind for the
  // rollout that comes next.
  if (phase == "Failed") static_cast<void>(Leases(rollout.ports, rollout.layout).end());
  Requests requests(rollout.ports, rollout.layout);
  // A failure to answer is no failure of the rollout.
  static_cast<void>(requests.refuse_all(
      {Code::impossible, false, rollout.plan.id + " has ended: " + phase, "wxctl status"}));
  return {};
}

bool manager_away(RolloutContext& rollout) {
  return !rollout.ports.systemd.version();
}

// A manager or a bus that does not answer says nothing about the release: try again.
Result<std::string> run_patiently(const StepRun& run) {
  for (int attempt = 1;; ++attempt) {
    auto done = run_step(run);
    const bool answered =
        done || (done.error().code != Code::unavailable && done.error().code != Code::timeout);
    if (answered || attempt == attempts) return done;
    WX_TRY(run.pulse());
    run.rollout.ports.clock.sleep(retry_after * attempt);
  }
}

// Finish an undo that the journal says was begun.
Status finish_undo(RolloutContext& rollout, Micros begun_at) {
  const JournalRecord undo = *rollout.journal.last("undo");
  Control control(rollout);
  control.enter_undo();
  // A lease that cannot be renewed stops no rollback: the dead-man would only begin the same again.
  const auto renew = [&] {
    static_cast<void>(control());
    return Status{};
  };
  static_cast<void>(renew());
  const std::string taken_back = rollout.plan.reverts.empty() ? rollout.plan.id : rollout.plan.reverts;
  auto reverted =
      revert({rollout, taken_back, undo.field("message"), begun_at, undo.at, undo.field("verify") != "no",
              undo.field("verify_always") == "yes", renew, undo.field("now") == "yes"});
  const std::string verdict = undo.field("verdict");
  if (!reverted && manager_away(rollout)) return std::move(reverted).error();
  if (!reverted)
    return end(rollout, "Failed", "Failed", verdict, undo.field("message") + "; " + reverted.error().message,
               reverted.error().remedy, ExitStatus::person_needed);
  WX_TRY(bring_points_back(rollout, renew));
  const bool wanted = undo.field("by_person") == "yes";
  return end(rollout, "RolledBack", undo.field("outcome"), verdict,
             undo.field("message") + "; " + reverted->message + told_left(rollout.journal),
             wanted ? "" : "wxctl show " + rollout.plan.id,
             rollout.plan.reverts.empty() ? ExitStatus::failed : ExitStatus::done);
}

// An analysis has left its own; of what else stands in the way only the error tells.
std::string verdict_of(const RolloutJournal& journal, int step, const Error& error) {
  const auto* measure = journal.last("measure", step);
  if (measure != nullptr && measure > journal.last("intent", step))
    if (std::string verdict = measure->field("verdict"); !verdict.empty()) return verdict;
  if (error.code == Code::inconclusive) return "inconclusive";
  return exit_status(error.code) == ExitStatus::undecided ? "insufficient" : "fail";
}

Status pause(RolloutContext& rollout, const Error& why, int step, const std::string& verdict,
             const std::string& by) {
  return rollout.journal.append("phase", step,
                                {{"phase", "Paused"},
                                 {"by", by},
                                 {"verdict", verdict},
                                 {"message", why.message},
                                 {"remedy", why.remedy.empty() ? "wxctl abort" : why.remedy},
                                 {"exit", std::to_string(to_int(ExitStatus::undecided))}});
}

Status begin_undo(RolloutContext& rollout, const std::string& outcome, const std::string& reason,
                  const std::string& verdict, bool verify, bool verify_always, bool by_person,
                  bool now = false) {
  return rollout.journal.append("undo", std::nullopt,
                                {{"outcome", outcome},
                                 {"message", reason},
                                 {"verdict", verdict},
                                 {"verify", verify ? "yes" : "no"},
                                 {"verify_always", verify_always ? "yes" : "no"},
                                 {"now", now ? "yes" : "no"},
                                 {"by_person", by_person ? "yes" : "no"}});
}

// A rollback in progress for which a person will not wait any longer: for the same reason, but now.
Status hurry(RolloutContext& rollout, const JournalRecord& undo, bool verify) {
  auto fields = undo.fields;
  fields["now"] = "yes";
  if (!verify) fields["verify"] = fields["verify_always"] = "no";
  return rollout.journal.append("undo", std::nullopt, std::move(fields));
}

// Whoever comes back after the lease has run out, such as the resume unit after a long power cut, must not go
// on: the dead-man may be about to act. Once confirming has begun there is no way back.
Result<bool> lease_ran_out(RolloutContext& rollout) {
  if (begun(rollout, StepKind::confirm)) return false;
  Leases leases(rollout.ports, rollout.layout);
  WX_LET(const auto lease, leases.read());
  return lease && lease->rollout == rollout.plan.id && leases.expired(*lease);
}

// Whoever resumes goes on only with what was checked.
Status verify_installed(RolloutContext& rollout) {
  if (begun(rollout, StepKind::confirm)) return {};
  for (std::size_t i = 0; i < rollout.plan.steps.size(); ++i)
    if (rollout.plan.steps[i].kind == StepKind::install &&
        rollout.journal.last("result", index_of(i)) != nullptr)
      WX_TRY(rollout.releases.verify(rollout.plan.to.id));
  return {};
}

// What a gate could not measure is no verdict on the release: a person looks.
Error judged(const StepSpec& step, Error error) {
  const bool judges =
      step.kind == StepKind::gate || step.kind == StepKind::soak || step.kind == StepKind::analyze;
  const bool unanswered = error.code == Code::unavailable || error.code == Code::timeout;
  if (judges && unanswered) error.code = Code::inconclusive;
  return error;
}

// What its cutover came to, for whoever rolls back.
std::string proof_of(const RolloutContext& rollout) {
  for (std::size_t i = 0; i < rollout.plan.steps.size(); ++i)
    if (rollout.plan.steps[i].kind == StepKind::cutover)
      if (const auto* result = rollout.journal.last("result", index_of(i)))
        return ", " + result->field("message");
  return {};
}

RolloutView view(const RolloutContext& rollout) {
  return view_of(rollout.plan, rollout.journal.records());
}

// How a step ended, besides being done.
enum class Ended { done, undo, paused };

// One step from wherever its journal stands to its end.
class StepDriver {
 public:
  StepDriver(RolloutContext& rollout, Control& control, const EngineOptions& options)
      : rollout_(rollout), journal_(rollout.journal), control_(control), options_(options) {}

  Result<Ended> run(std::size_t i) {
    const int index = index_of(i);
    const StepSpec& spec = rollout_.plan.steps[i];
    control_.enter(index);
    if (const auto reason = left_out(i)) return skip(index, *reason);
    bool announced = journal_.first("intent", index) != nullptr;
    while (true) {
      control_.clear_interrupted();
      if (passed_by_person(journal_, index)) return finish(index, "passed by a person");
      if (const auto* waits = waits_with(journal_, index)) {
        const JournalRecord why = *waits;
        const WallTime deadline =
            options_.stay_paused ? why.at + longest_pause(spec) : rollout_.ports.clock.now();
        WX_LET(const bool decided, control_.wait(deadline));
        if (!decided && !options_.stay_paused) return Ended::paused;
        if (!decided)
          return give_up(spec, "nobody decided within " + format_duration(longest_pause(spec)) + ": " +
                                   why.field("message"));
        // Looked at anew, with a window of its own; a pause that a person asked for only held it up.
        if (why.field("by") != "person") announced = false;
        if (why.field("by") == "drift") looked_ = false;
        continue;
      }
      if (looks_first(spec.kind) || !looked_) {
        WX_LET(const bool as_left, settle_foreign(rollout_, index));
        if (!as_left) continue;
        looked_ = true;
      }
      if (!announced) WX_TRY(begin(index, spec));
      announced = true;
      if (spec.kind == StepKind::pause) {
        if (spec.unless_auto && rollout_.plan.auto_confirm)
          return finish(index, "nobody is waited for: --auto");
        WX_TRY(pause(rollout_,
                     {Code::undecided, rollout_.plan.to.version + " waits for approval",
                      "wxctl promote, or wxctl abort"},
                     index, "", "approval"));
        continue;
      }
      const auto done = run_patiently(
          {rollout_, spec, index, journal_.last("intent", index)->at, [this] { return control_(); }});
      if (done) return finish(index, *done);
      if (control_.interrupted()) continue;
      if (done.error().code == Code::interrupted || manager_away(rollout_)) return done.error();
      const Error problem = judged(spec, done.error());
      const bool undecided = exit_status(problem.code) == ExitStatus::undecided;
      if (undecided) {
        WX_LET(const bool as_left, settle_foreign(rollout_, index));
        if (!as_left) continue;
      }
      if (!undecided && rollout_.plan.on_failure != "pause")
        return give_up(spec, problem.message, verdict_of(journal_, index, problem));
      WX_TRY(pause(rollout_, undecided ? decidable(problem, spec) : left_to_person(problem, spec), index,
                   verdict_of(journal_, index, problem), "engine"));
    }
  }

 private:
  Status begin(int index, const StepSpec& spec) {
    return journal_.append("intent", index, {{"message", describe(spec)}});
  }

  Result<Ended> finish(int index, const std::string& message) {
    WX_TRY(journal_.append("result", index, {{"message", message}}));
    return Ended::done;
  }

  Result<Ended> skip(int index, const std::string& reason) {
    WX_TRY(journal_.append("result", index, {{"message", "left out: " + reason}, {"skipped", "yes"}}));
    return Ended::done;
  }

  Result<Ended> give_up(const StepSpec& spec, const std::string& why, const std::string& verdict = "fail") {
    WX_TRY(begin_undo(rollout_, "RolledBack", std::string(to_string(spec.kind)) + ": " + why, verdict, true,
                      false, false));
    return Ended::undo;
  }

  // Why this step is not to be done at all.
  std::optional<std::string> left_out(std::size_t i) {
    const Steps& steps = rollout_.plan.steps;
    const int index = index_of(i);
    if (journal_.first("intent", index) != nullptr) return std::nullopt;
    if (promoted_in_full(journal_) && skipped_in_full(steps, i)) return "promoted in full by a person";
    if (steps[i].kind == StepKind::route) return narrower(steps[i]);
    const bool route_left_out = i > 0 && steps[i].kind == StepKind::analyze &&
                                steps[i - 1].kind == StepKind::route &&
                                journal_.last("result", index - 1)->field("skipped") == "yes";
    if (route_left_out) return "its route was left out";
    return std::nullopt;
  }

  // A share that a person has widened is not made smaller again.
  std::optional<std::string> narrower(const StepSpec& step) {
    const auto generation = rollout_.generations.current();
    if (!generation || !*generation || step.percent <= 0) return std::nullopt;
    const Route& route = (*generation)->route;
    if (route.rollout != rollout_.plan.id || to_string(route.mode) != step.mode ||
        route.percent <= step.percent)
      return std::nullopt;
    return "the candidate gets " + percent_number(route.percent) + " % already";
  }

  // By a person, once the engine has looked.
  static bool may_be_promoted(StepKind kind) { return kind == StepKind::gate || may_be_passed(kind); }

  // What failed, and is not taken back because the playbook leaves that to a person.
  static Error left_to_person(Error problem, const StepSpec& spec) {
    const std::string look = problem.remedy.empty() ? "" : problem.remedy + "; then ";
    problem.remedy = look + "wxctl retry when the cause is gone, " +
                     (may_be_promoted(spec.kind) ? "wxctl promote in spite of it, " : "") + "or wxctl abort";
    return problem;
  }

  static Error decidable(Error problem, const StepSpec& spec) {
    if (may_be_promoted(spec.kind))
      problem.remedy = "wxctl resume to go on looking, wxctl abort, or wxctl promote in spite of it";
    return problem;
  }

  static Micros longest_pause(const StepSpec& spec) {
    return spec.kind == StepKind::pause ? spec.limit.value_or(default_pause) : default_pause;
  }

  RolloutContext& rollout_;
  RolloutJournal& journal_;
  Control& control_;
  const EngineOptions& options_;
  bool looked_ = false;  // at the host, since this process drives the rollout
};

}  // namespace

Result<RolloutView> drive(RolloutContext& rollout, const EngineOptions& options) {
  RolloutJournal& journal = rollout.journal;
  if (journal.last("end") != nullptr) return view(rollout);
  if (!rollout.plan.reverts.empty())
    return take_back(rollout, {"RolledBack", "rolled back", rollout.ports.clock.monotonic()});
  WX_LET(const bool too_late, lease_ran_out(rollout));
  if (too_late && journal.last("undo") == nullptr)
    WX_TRY(begin_undo(rollout, "RolledBack", "the dead-man's lease ran out while nobody drove the rollout",
                      "fail", true, false, false));
  if (journal.last("undo") == nullptr)
    if (const auto intact = verify_installed(rollout); !intact)
      WX_TRY(begin_undo(rollout, "RolledBack", intact.error().message, "fail", true, false, false));
  Control control(rollout);
  StepDriver steps(rollout, control, options);
  if (journal.last("undo") == nullptr)
    if (const auto* share = reweighted(rollout.plan.steps, journal)) WX_TRY(apply_share(rollout, *share));
  for (std::size_t i = 0; i < rollout.plan.steps.size() && journal.last("undo") == nullptr; ++i) {
    if (journal.last("result", index_of(i)) != nullptr) continue;
    WX_LET(const Ended ended, steps.run(i));
    if (ended == Ended::paused) return view(rollout);
  }
  if (journal.last("undo") != nullptr) {
    WX_TRY(finish_undo(rollout, rollout.ports.clock.monotonic()));
    return view(rollout);
  }
  WX_LET(const auto generation, rollout.generations.current());
  const std::string version = generation && generation->slot(rollout.plan.target)
                                  ? generation->slot(rollout.plan.target)->version
                                  : rollout.plan.to.version;
  const bool back = rollout.plan.strategy == "rollback";
  if (back) WX_TRY(bring_points_back(rollout, [] { return Status{}; }));
  WX_TRY(end(rollout, back ? "RolledBack" : "Healthy", back ? "RolledBack" : "Promoted", "pass",
             version + " is active in " + std::string(to_string(rollout.plan.target)) +
                 (back ? proof_of(rollout) : std::string{}) + told_left(journal),
             "", ExitStatus::done));
  return view(rollout);
}

Result<RolloutView> take_back(RolloutContext& rollout, const TakeBack& request) {
  if (rollout.journal.last("end") != nullptr) return view(rollout);
  if (begun(rollout, StepKind::confirm)) return drive(rollout, {false});
  const JournalRecord* undo = rollout.journal.last("undo");
  if (undo == nullptr)
    WX_TRY(begin_undo(rollout, request.outcome, request.reason, "cancelled", request.verify, request.verify,
                      request.by_person, request.now));
  else if (request.now && undo->field("now") != "yes")
    WX_TRY(hurry(rollout, *undo, request.verify));
  WX_TRY(finish_undo(rollout, request.begun));
  return view(rollout);
}

}  // namespace wx
