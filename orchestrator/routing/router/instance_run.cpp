#include "orchestrator/routing/router/instance_run.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "orchestrator/routing/ledger_lines.hpp"
#include "orchestrator/routing/router/execute.hpp"

namespace wx {
namespace {

constexpr Micros reconnect_bound{10'000'000};
constexpr std::size_t record_tail_bytes = std::size_t{256} * 1024;
constexpr std::size_t newest_lines_bytes = 2048;

// Growing pauses: short runs are noticed at once, long ones cost nothing.
class Pause {
 public:
  explicit Pause(Micros first = Millis{2}) : pause_(first) {}
  Micros next() {
    const auto now = pause_;
    pause_ = std::min<Micros>(pause_ * 2, Millis{100});
    return now;
  }

 private:
  Micros pause_;
};

void sleep_for(Micros duration) {
  ::usleep(static_cast<useconds_t>(duration.count()));
}

}  // namespace

Status announce(const AppPaths& paths, const Run& begin, Slot slot) {
  if (paths.state.empty()) return Error{Code::unavailable, "there is no ledger", {}};
  const auto name = std::string(to_string(slot));
  const auto ticket = render_ticket(new_ticket(begin.id, begin.generation, slot));
  WX_TRY(write_file(paths.ticket(name), ticket, 0600, false));
  if (!begin.block) {
    record(paths, render_begin(begin));
    return {};
  }
  auto appended = append_line(paths.ledger(), render_begin(begin), true);
  if (!appended) remove_ticket(paths, name);
  return appended;
}

void await_taken(const AppPaths& paths, const std::string& instance, Micros bound) {
  const auto end = monotonic_now() + bound;
  for (Pause pause; !ticket_taken(paths, instance) && monotonic_now() < end;) sleep_for(pause.next());
}

bool await_idle(Manager& manager, const std::string& instance, Micros bound, const SignalInbox& inbox) {
  const auto end = monotonic_now() + bound;
  Pause pause;
  while (monotonic_now() < end) {
    const auto state = manager.active_state(instance);
    if (!state || !is_running(*state)) return true;
    if (inbox.wait(pause.next())) return false;
  }
  return true;
}

Result<FollowedRun> InstanceRun::follow(Hold hold) {
  manager_.keep(instance_);
  const auto begin = monotonic_now();
  FollowedRun followed;
  const auto job = manager_.start(instance_);
  if (!job && job.error().code != Code::unavailable) return job.error();
  if (job && await_job(*job, hold) == Wait::ended) {
    followed = ended(manager_.job_result(*job).value_or("done"));
  } else {
    followed = recover();
  }
  followed.duration = monotonic_now() - begin;
  followed.stopped = stopped_;
  return followed;
}

InstanceRun::Wait InstanceRun::await_job(const std::string& job, Hold& hold) {
  Pause pause(Millis{20});  // for the hold's sake alone: not sooner than short runs are over
  for (;;) {
    if (!manager_.process()) return Wait::lost;
    if (manager_.job_result(job)) return Wait::ended;
    if (hold.lock && ticket_taken(paths_, slot_)) hold.lock.reset();
    std::array<pollfd, 2> wanted{pollfd{manager_.fd(), manager_.events(), 0}, pollfd{inbox_.fd(), POLLIN, 0}};
    const auto timeout =
        hold.lock ? static_cast<int>(std::chrono::duration_cast<Millis>(pause.next()).count()) : -1;
    ::poll(wanted.data(), wanted.size(), timeout < 0 ? manager_.timeout_ms() : timeout);
    pass_on_stop();
  }
}

void InstanceRun::pass_on_stop() {
  while (const auto signal = inbox_.take()) {
    if (!asks_to_stop(*signal) || stopped_) continue;
    stopped_ = true;
    if (auto stopping = manager_.stop(instance_); !stopping) say(Severity::error, stopping.error().message);
  }
}

// A unit whose start is done and that did not fail took what `exec` recorded for a success: that saves most
// of the questions. Signals and time-outs are the manager's to judge.
std::optional<FollowedRun> InstanceRun::plainly_ended(const std::string& job_word) {
  if (job_word != "done") return std::nullopt;
  const auto ran = recorded(newest_lines_bytes);
  if (!ran || ran->signal != 0 || ran->timed_out) return std::nullopt;
  const auto state = manager_.active_state(instance_);
  if (!state || *state != "inactive") return std::nullopt;
  FollowedRun followed;
  followed.outcome = judge_by_record(job_word, ran);
  followed.invocation = ran->invocation;
  return followed;
}

FollowedRun InstanceRun::ended(const std::string& job_word) {
  if (auto followed = plainly_ended(job_word)) return *std::move(followed);
  FollowedRun followed;
  // A job can end while the unit still cleans up, and a canceled one long before.
  const auto end = monotonic_now() + longest_;
  Pause pause;
  auto state = manager_.instance(instance_);
  while (state && state->running() && monotonic_now() < end) {
    sleep_for(pause.next());
    pass_on_stop();
    state = manager_.instance(instance_);
  }
  if (!state) return recover();
  if (state->running()) return followed;
  if (state->invocation.empty()) {  // unloaded already: nothing kept it
    followed.outcome = judge_by_record(job_word, recorded(record_tail_bytes));
    return followed;
  }
  state->outcome.job = job_word;
  followed.outcome = judge(state->outcome);
  followed.invocation = state->invocation;
  if (state->active_state == "failed") manager_.reset_failed(instance_);
  return followed;
}

bool InstanceRun::reconnect() {
  const auto end = monotonic_now() + reconnect_bound;
  do {
    if (auto again = Manager::connect(scope_)) {
      manager_ = *std::move(again);
      manager_.keep(instance_);
      if (stopped_) (void)manager_.stop(instance_);
      return true;
    }
    sleep_for(Millis{100});
  } while (monotonic_now() < end);
  return false;
}

// The connection is gone. The run goes on without us: find it again, or wait for what it records.
FollowedRun InstanceRun::recover() {
  say(Severity::warning, "the connection to the manager was lost; looking for " + instance_ + " again");
  FollowedRun followed;
  if (reconnect()) {
    const auto state = manager_.instance(instance_);
    if (state && !state->running() && !ticket_taken(paths_, slot_) && !stopped_) {
      // The start itself was lost. The ticket proves that nothing ran, so it may be asked for again.
      Hold none;
      const auto job = manager_.start(instance_);
      if (job && await_job(*job, none) == Wait::ended)
        return ended(manager_.job_result(*job).value_or("done"));
      return followed;
    }
    if (state) return ended({});
  }
  if (!ticket_taken(paths_, slot_)) {
    followed.unreachable = true;
    return followed;
  }
  const auto end = monotonic_now() + longest_;
  Pause pause;
  auto ran = recorded(record_tail_bytes);
  while (!ran && monotonic_now() < end) {
    if (inbox_.wait(pause.next())) {
      stopped_ = true;
      break;
    }
    ran = recorded(record_tail_bytes);
  }
  if (ran) followed.outcome = judge_by_record({}, ran);
  return followed;
}

std::optional<RanLine> InstanceRun::recorded(std::size_t tail_bytes) const {
  if (paths_.state.empty()) return std::nullopt;
  const auto tail = read_tail(paths_.ledger(), tail_bytes);
  return tail ? find_ran(*tail, run_) : std::nullopt;
}

}  // namespace wx
