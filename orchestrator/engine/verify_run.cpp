#include "orchestrator/engine/verify_run.hpp"

#include <algorithm>
#include <optional>

#include "orchestrator/engine/start_unit.hpp"

namespace wx {

namespace {

constexpr Micros tick_soon{10'000'000};
constexpr Micros run_poll{50'000};
constexpr Micros activation_poll{200'000};
constexpr Micros margin{10'000'000};
constexpr Micros restart_wait{250'000};
constexpr int starts_by_hand = 3;

struct Elapse {
  Micros wait;   // until the timer is due
  Micros slack;  // by which it may be late
};

std::optional<Elapse> next_elapse(Ports& ports, const Manifest& manifest) {
  if (!manifest.timer) return std::nullopt;
  auto timer = ports.systemd.timer(manifest.timer->unit);
  if (!timer || timer->active_state != "active") return std::nullopt;
  std::optional<Micros> next;
  const auto consider = [&](std::uint64_t at, Micros now) {
    if (at == 0 || at == UINT64_MAX) return;
    const Micros wait = std::max(Micros::zero(), Micros{static_cast<std::int64_t>(at)} - now);
    next = next ? std::min(*next, wait) : wait;
  };
  consider(timer->next_realtime_us, ports.clock.now().time_since_epoch());
  consider(timer->next_monotonic_us, ports.clock.monotonic());
  if (!next) return std::nullopt;
  return Elapse{*next, Micros{static_cast<std::int64_t>(timer->accuracy_us + timer->randomized_delay_us)}};
}

// How long until the timer's next tick at the latest, when that is soon.
std::optional<Micros> next_tick(const VerifyQuestion& question) {
  const auto next = next_elapse(question.ports, question.manifest);
  if (!next || next->wait + next->slack > tick_soon) return std::nullopt;
  return next->wait + next->slack;
}

Result<std::optional<Run>> finished_run(const VerifyQuestion& question, RunLog& runs) {
  WX_LET(const Ledger ledger, runs.read());
  std::optional<Run> found;
  for (const auto& run : ledger.runs)
    if (run.slot == to_string(question.slot) && run.generation >= question.generation &&
        run.at >= question.since && run.role == "active" && run.result)
      found = run;
  return found;
}

Result<std::optional<Run>> optional_of(Result<Run> run) {
  if (!run) return std::move(run).error();
  return std::optional<Run>(std::move(run).value());
}

Result<Run> judged(const Run& run) {
  if (succeeded(run)) return run;
  return Error{Code::failed,
               "the run of " + run.slot + " that was to prove it ended as " + *run.result +
                   (run.exit_status ? " (" + std::to_string(*run.exit_status) + ")" : ""),
               "journalctl --user -n 50; wxctl runs"};
}

// However long it takes: the lease is renewed meanwhile, and a person may abort.
Result<std::optional<Run>> await_activation(const VerifyQuestion& question, RunLog& runs) {
  while (true) {
    WX_LET(const auto run, finished_run(question, runs));
    if (run) return optional_of(judged(*run));
    WX_TRY(question.pulse());
    question.ports.clock.sleep(activation_poll);
  }
}

}  // namespace

std::optional<WallTime> next_activation(Ports& ports, const Manifest& manifest) {
  const auto next = next_elapse(ports, manifest);
  if (!next) return std::nullopt;
  return ports.clock.now() + next->wait;
}

Result<std::optional<Run>> verify_by_run(const VerifyQuestion& question) {
  RunLog runs(question.ports, question.layout, question.manifest.service, question.manifest.program.timeout);
  const Micros run_limit = question.manifest.program.timeout + question.manifest.program.stop + margin;
  WX_LET(const UnitState entry, question.ports.systemd.unit(question.manifest.service));
  if (entry.sub_state == "auto-restart") {
    // It waits for its RestartSec= with the version before; a start would wait with it while ticks merge.
    WX_LET(const JobResult job, question.ports.systemd.restart(question.manifest.service, restart_wait));
    static_cast<void>(job);
  } else if (const auto wait = next_tick(question)) {
    const Micros deadline = question.ports.clock.monotonic() + *wait + run_limit;
    const Micros announced_by = question.ports.clock.monotonic() + *wait + margin;
    while (question.ports.clock.monotonic() < deadline) {
      WX_LET(const auto run, finished_run(question, runs));
      if (run) return optional_of(judged(*run));
      WX_TRY(question.pulse());
      if (question.ports.clock.monotonic() > announced_by && !next_tick(question)) break;
      question.ports.clock.sleep(run_poll);
    }
  }
  if (!question.manifest.program.repeatable) {
    if (question.wait_for_tick) return await_activation(question, runs);
    return finished_run(question, runs);
  }
  for (int attempt = 0; attempt < starts_by_hand; ++attempt) {
    WX_LET(const JobResult job,
           start_and_wait(question.ports, question.manifest.service, run_limit, question.pulse));
    WX_LET(const auto run, finished_run(question, runs));
    if (run) return optional_of(judged(*run));
    if (job != JobResult::done && job != JobResult::limit)
      return Error{
          Code::failed,
          "starting " + question.manifest.service + " to prove it ended as " + std::string(to_string(job)),
          "journalctl --user -u " + question.manifest.service + " -n 50"};
    WX_TRY(question.pulse());
  }
  return Error{Code::failed,
               "no run of " + std::string(to_string(question.slot)) + " was recorded although " +
                   question.manifest.service + " was started",
               "wxctl runs; journalctl --user -u " + question.manifest.service};
}

}  // namespace wx
