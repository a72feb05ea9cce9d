#include "orchestrator/engine/engine.hpp"

#include <nlohmann/json.hpp>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "orchestrator/engine/digest.hpp"
#include "orchestrator/engine/lease.hpp"
#include "orchestrator/engine/revert.hpp"
#include "orchestrator/engine/steps.hpp"
#include "orchestrator/engine/sweep.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::uint64_t largest_document = 16ull << 20;
constexpr Micros paused_poll{500'000};
constexpr int attempts = 3;
constexpr Micros retry_after{1'000'000};
constexpr Micros longest_pause{72LL * 3600 * 1'000'000};

int index_of(std::size_t i) {
  return static_cast<int>(i);
}

bool begun(const RolloutContext& rollout, StepKind kind) {
  for (std::size_t i = 0; i < rollout.plan.steps.size(); ++i)
    if (rollout.plan.steps[i].kind == kind && rollout.journal.first("intent", index_of(i)) != nullptr)
      return true;
  return false;
}

// Renews the lease while one is out, not more often than needed.
class Pulse {
 public:
  explicit Pulse(RolloutContext& rollout) : rollout_(rollout) {
    for (const auto& step : rollout.plan.steps)
      if (step.kind == StepKind::cutover) lease_ = step.confirm_within;
  }

  Status operator()() {
    if (rollout_.ports.clock.monotonic() < next_ || !begun(rollout_, StepKind::cutover)) return {};
    Leases leases(rollout_.ports, rollout_.layout);
    WX_LET(const auto lease, leases.read());
    if (!lease) return {};
    WX_TRY(leases.renew(rollout_.plan.id, lease_));
    next_ = rollout_.ports.clock.monotonic() + lease_ / 3;
    return {};
  }

 private:
  RolloutContext& rollout_;
  Micros lease_{300'000'000};
  Micros next_{0};
};

Status end(RolloutContext& rollout, const std::string& phase, const std::string& outcome,
           const std::string& verdict, const std::string& message, const std::string& remedy,
           ExitStatus status) {
  sweep_unfinished(rollout.ports.files, rollout.layout);
  return rollout.journal.append("end", std::nullopt,
                                {{"phase", phase},
                                 {"outcome", outcome},
                                 {"verdict", verdict},
                                 {"message", message},
                                 {"remedy", remedy},
                                 {"exit", std::to_string(to_int(status))}});
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
  Pulse pulse(rollout);
  // A lease that cannot be renewed stops no rollback: the dead-man would only begin the same again.
  const auto renew = [&] {
    static_cast<void>(pulse());
    return Status{};
  };
  static_cast<void>(renew());
  const std::string taken_back = rollout.plan.reverts.empty() ? rollout.plan.id : rollout.plan.reverts;
  auto reverted = revert({rollout, taken_back, undo.field("message"), begun_at, undo.field("verify") != "no",
                          undo.field("verify_always") == "yes", renew});
  const std::string verdict = undo.field("verdict");
  if (!reverted && manager_away(rollout)) return std::move(reverted).error();
  if (!reverted)
    return end(rollout, "Failed", "Failed", verdict, undo.field("message") + "; " + reverted.error().message,
               reverted.error().remedy, ExitStatus::person_needed);
  const bool wanted = undo.field("by_person") == "yes";
  return end(rollout, "RolledBack", undo.field("outcome"), verdict,
             undo.field("message") + "; " + reverted->message, wanted ? "" : "wxctl show " + rollout.plan.id,
             rollout.plan.reverts.empty() ? ExitStatus::failed : ExitStatus::done);
}

std::string verdict_of(const Error& error) {
  if (error.code == Code::inconclusive) return "inconclusive";
  return exit_status(error.code) == ExitStatus::undecided ? "insufficient" : "fail";
}

Status pause(RolloutContext& rollout, const Error& why, std::size_t step) {
  if (rollout.journal.records().back().kind == "phase") return {};  // it waited already, before a crash
  return rollout.journal.append("phase", index_of(step),
                                {{"phase", "Paused"},
                                 {"verdict", verdict_of(why)},
                                 {"message", why.message},
                                 {"remedy", why.remedy.empty() ? "wxctl abort" : why.remedy},
                                 {"exit", std::to_string(to_int(ExitStatus::undecided))}});
}

// Keep the lease alive while a person thinks; ends after 72 h.
Status wait_for_person(RolloutContext& rollout, Pulse& pulse) {
  const Micros deadline = rollout.ports.clock.monotonic() + longest_pause;
  while (rollout.ports.clock.monotonic() < deadline) {
    WX_TRY(pulse());
    rollout.ports.clock.sleep(paused_poll);
  }
  return {};
}

Status begin_undo(RolloutContext& rollout, const std::string& outcome, const std::string& reason,
                  const std::string& verdict, bool verify, bool verify_always, bool by_person) {
  return rollout.journal.append("undo", std::nullopt,
                                {{"outcome", outcome},
                                 {"message", reason},
                                 {"verdict", verdict},
                                 {"verify", verify ? "yes" : "no"},
                                 {"verify_always", verify_always ? "yes" : "no"},
                                 {"by_person", by_person ? "yes" : "no"}});
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
  const bool judges = step.kind == StepKind::gate || step.kind == StepKind::soak;
  const bool unanswered = error.code == Code::unavailable || error.code == Code::timeout;
  if (judges && unanswered) error.code = Code::inconclusive;
  return error;
}

RolloutView view(const RolloutContext& rollout) {
  return view_of(rollout.plan, rollout.journal.records());
}

std::string failure_of(const StepSpec& step, const Error& error) {
  return std::string(to_string(step.kind)) + ": " + error.message;
}

}  // namespace

Result<std::unique_ptr<FileLock>> take_app_lock(Ports& ports, const Layout& layout, const std::string& verb,
                                                std::int64_t pid, std::int64_t wait_ms) {
  WX_TRY(make_directories(ports.files, layout.state, 0700));
  auto lock = ports.files.lock(layout.lock(), LockMode::exclusive, wait_ms);
  if (!lock) {
    if (lock.error().code != Code::busy) return std::move(lock).error();
    std::string who = "another wxctl";
    if (const auto owner = lock_owner(ports.files, layout))
      who = "`wxctl " + owner->verb + "` (pid " + std::to_string(owner->pid) + ", since " +
            format_instant(owner->since) + ")";
    return Error{Code::busy, layout.app + " is held by " + who, "wxctl status shows it; wxctl abort ends it"};
  }
  const json note{
      {"format", 1}, {"pid", pid}, {"verb", verb}, {"since", ports.clock.now().time_since_epoch().count()}};
  WX_TRY(ports.files.write(layout.lock(), note.dump() + "\n", 0600));
  return lock;
}

std::optional<LockOwner> lock_owner(FileSystem& files, const Layout& layout) {
  auto text = files.read(layout.lock(), 64 * 1024);
  if (!text) return std::nullopt;
  const json note = json::parse(*text, nullptr, false);
  if (!note.is_object()) return std::nullopt;
  return LockOwner{note.value("pid", std::int64_t{0}), note.value("verb", ""),
                   WallTime{Micros{note.value("since", std::int64_t{0})}}};
}

Result<std::unique_ptr<RolloutContext>> open_rollout(Ports& ports, const Layout& layout,
                                                     const std::string& id, const UnitContext& units) {
  const std::string directory = layout.rollout(id);
  WX_LET(const std::string plan_text, ports.files.read(directory + "/plan.json", largest_document));
  WX_LET(Plan plan, parse_plan(plan_text));
  WX_LET(std::string manifest_text, ports.files.read(directory + "/manifest.yaml", largest_document));
  WX_LET(Manifest manifest, parse_manifest(directory + "/manifest.yaml", manifest_text));
  WX_LET(auto config, read_if_present(ports.files, directory + "/config.yml", largest_document));
  WX_LET(RolloutJournal journal, RolloutJournal::open(ports.files, ports.clock, directory + "/journal"));
  const auto* header = journal.first("header");
  if (header == nullptr) return Error{Code::not_found, "rollout " + id + " was never begun"};
  if (header->field("plan_sha256") != sha256_hex(plan_text))
    return Error{Code::failed, "the plan of " + id + " was changed after the rollout began", "wxctl abort"};
  UnitContext pinned = units;
  if (!plan.engine_dir.empty()) pinned.engine_dir = plan.engine_dir;
  return std::unique_ptr<RolloutContext>(new RolloutContext{
      ports, layout, std::move(plan), std::move(manifest_text), std::move(manifest), std::move(config),
      std::move(pinned), std::move(journal), Generations(ports, layout), Releases(ports, layout)});
}

Result<RolloutView> drive(RolloutContext& rollout, const EngineOptions& options) {
  RolloutJournal& journal = rollout.journal;
  if (journal.last("end") != nullptr) return view(rollout);
  Pulse pulse(rollout);
  if (!rollout.plan.reverts.empty())
    return take_back(rollout, {"RolledBack", "rolled back", rollout.ports.clock.monotonic(), true, true});
  WX_LET(const bool too_late, lease_ran_out(rollout));
  if (too_late && journal.last("undo") == nullptr)
    WX_TRY(begin_undo(rollout, "RolledBack", "the dead-man's lease ran out while nobody drove the rollout",
                      "fail", true, false, false));
  if (journal.last("undo") == nullptr)
    if (const auto intact = verify_installed(rollout); !intact)
      WX_TRY(begin_undo(rollout, "RolledBack", intact.error().message, "fail", true, false, false));
  for (std::size_t i = 0; i < rollout.plan.steps.size() && journal.last("undo") == nullptr; ++i) {
    const int index = index_of(i);
    const StepSpec& spec = rollout.plan.steps[i];
    if (journal.last("result", index) != nullptr) continue;
    if (journal.first("intent", index) == nullptr)
      WX_TRY(journal.append("intent", index, {{"message", describe(spec)}}));
    const auto done =
        run_patiently({rollout, spec, index, journal.first("intent", index)->at, [&] { return pulse(); }});
    if (done) {
      WX_TRY(journal.append("result", index, {{"message", *done}}));
      continue;
    }
    if (done.error().code == Code::interrupted || manager_away(rollout)) return done.error();
    const Error problem = judged(spec, done.error());
    if (exit_status(problem.code) == ExitStatus::undecided || rollout.plan.on_failure == "pause") {
      WX_TRY(pause(rollout, problem, i));
      if (!options.stay_paused) return view(rollout);
      WX_TRY(wait_for_person(rollout, pulse));
    } else {
      WX_TRY(rollout.note(failure_of(spec, problem), index));
    }
    WX_TRY(begin_undo(rollout, "RolledBack", failure_of(spec, problem), "fail", true, false, false));
  }
  if (journal.last("undo") != nullptr) {
    WX_TRY(finish_undo(rollout, rollout.ports.clock.monotonic()));
    return view(rollout);
  }
  WX_LET(const auto generation, rollout.generations.current());
  const std::string version = generation && generation->slot(rollout.plan.target)
                                  ? generation->slot(rollout.plan.target)->version
                                  : rollout.plan.to.version;
  WX_TRY(end(rollout, "Healthy", "Promoted", "pass",
             version + " is active in " + std::string(to_string(rollout.plan.target)), "", ExitStatus::done));
  return view(rollout);
}

Result<RolloutView> take_back(RolloutContext& rollout, const TakeBack& request) {
  if (rollout.journal.last("end") != nullptr) return view(rollout);
  if (begun(rollout, StepKind::confirm)) return drive(rollout, {false});
  if (rollout.journal.last("undo") == nullptr)
    WX_TRY(begin_undo(rollout, request.outcome, request.reason, "cancelled", request.verify, request.verify,
                      request.by_person));
  WX_TRY(finish_undo(rollout, request.begun));
  return view(rollout);
}

}  // namespace wx
