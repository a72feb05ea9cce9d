#include "orchestrator/routing/router/activation.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/routing/decide.hpp"
#include "orchestrator/routing/json_fields.hpp"
#include "orchestrator/routing/ledger_lines.hpp"
#include "orchestrator/routing/router/execute.hpp"
#include "orchestrator/routing/router/hold.hpp"
#include "orchestrator/routing/router/instance_run.hpp"

namespace wx {
namespace {

constexpr double default_timeout_s = 300;
constexpr double default_stop_s = 10;
constexpr Micros reserve{10'000'000};
constexpr Micros ticket_bound{2'000'000};

constexpr Ending stopped_ending{128 + SIGTERM, SIGTERM};

Micros longest_run(const Result<SlotRun>& run) {
  const auto seconds = run ? run->timeout_s + run->stop_s : default_timeout_s + default_stop_s;
  return Micros(static_cast<std::int64_t>(seconds * 1e6)) + reserve;
}

// What is fixed before anything runs. The hold belongs to it: the route does not change while it is kept.
struct Plan {
  RouteSource source;
  Decision decision;
  Hold hold;
};

// The instances that were asked about together with the facts: one answer waited for less.
struct Known {
  std::uint64_t generation = 0;
  std::vector<std::string> instances;
  std::vector<std::string> active_states;
};

class Activation {
 public:
  explicit Activation(const std::string& data) : paths_(find_app(data)) {}

  Ending run() {
    const auto first = read_route(paths_);
    if (!first) return refuse(first.error());
    ask_manager(first->route);
    auto plan = make_plan(longest_run(active_run_of(*first)));
    if (!plan) return plan.error().code == Code::interrupted ? stopped_ending : refuse(plan.error());
    return carry_out(*std::move(plan));
  }

 private:
  static Ending refuse(const Error& error) {
    say(Severity::error, error.message + (error.remedy.empty() ? "" : "; " + error.remedy));
    return {to_int(exit_status(error.code)), 0};
  }

  [[nodiscard]] Result<SlotRun> active_run_of(const RouteSource& source) const {
    return read_slot_run(paths_, source.generation, source.route.active.value_or(Slot::blue));
  }

  // Why we were started must be asked before anything else happens.
  void ask_manager(const Route& route) {
    auto manager = Manager::connect(route.scope);
    if (!manager) {
      say(Severity::warning, manager.error().message);
      return;
    }
    manager_ = *std::move(manager);
    Known known;
    known.generation = route.generation;
    for (const auto& slot : {route.active, route.candidate})
      if (slot) known.instances.push_back(instance_name(route.entry, to_string(*slot)));
    auto situation = manager_->situation(route.entry, route.timer, known.instances);
    if (situation) {
      facts_ = situation->facts;
      known.active_states = std::move(situation->active_states);
      known_ = std::move(known);
    } else {
      say(Severity::warning, situation.error().message);
    }
  }

  // What was asked for with the facts still holds when the route is the same and nobody was waited for.
  Result<std::string> active_state_of(const std::string& instance, const RouteSource& source,
                                      const Hold& hold) {
    if (!manager_) return Error{Code::unavailable, {}, {}};
    const auto known = std::exchange(known_, std::nullopt);
    if (known && known->generation == source.generation && !hold.waited)
      for (std::size_t i = 0; i < known->instances.size(); ++i)
        if (known->instances[i] == instance) return known->active_states[i];
    return manager_->active_state(instance);
  }

  // The route under the hold, with no other run of the chosen slot in progress. The hold is not kept while
  // one is waited for.
  Result<Plan> make_plan(Micros hold_bound) {
    const auto give_up = monotonic_now() + hold_bound;
    for (;;) {
      auto hold = share_hold(paths_, hold_bound, inbox_);
      if (hold.stopped) return Error{Code::interrupted, "stopped", {}};
      WX_LET(auto source, read_route(paths_));
      WX_LET(auto decision, decide(source.route, facts_, read_cursor()));
      const auto instance = instance_name(source.route.entry, to_string(decision.slot));
      const auto state = active_state_of(instance, source, hold);
      if (!state || !is_running(*state) || monotonic_now() >= give_up)
        return Plan{std::move(source), std::move(decision), std::move(hold)};
      hold.lock.reset();
      const auto longest = longest_run(read_slot_run(paths_, source.generation, decision.slot));
      if (!await_idle(*manager_, instance, longest, inbox_)) return Error{Code::interrupted, "stopped", {}};
    }
  }

  [[nodiscard]] BlockCursor read_cursor() const {
    if (paths_.state.empty()) return {};
    const auto text = read_file(paths_.blocks(), max_document_bytes);
    if (!text) return {};
    const auto cursor = parse_block_cursor(*text);
    if (!cursor)
      say(Severity::warning, paths_.blocks() + ": " + cursor.error().message + "; blocks are counted anew");
    return cursor.value_or(BlockCursor{});
  }

  // A place that could not be stored would be taken twice: better no mirrored run.
  void store_cursor(Decision& decision) const {
    if (!decision.cursor) return;
    const auto stored = paths_.state.empty()
                            ? Status(Error{Code::unavailable, "there is no state directory", {}})
                            : write_file(paths_.blocks(), render_block_cursor(*decision.cursor), 0600, true);
    if (stored) return;
    say(Severity::warning, stored.error().message + "; no mirrored run this time");
    decision.mirror = std::nullopt;
  }

  [[nodiscard]] Run begin_of(const RouteSource& source, const Decision& decision, Slot slot,
                             const std::optional<std::string>& mirror_of) const {
    Run run;
    run.id = new_run_id();
    run.at = wall_now();
    run.slot = to_string(slot);
    run.role = slot == source.route.active ? "active" : "candidate";
    if (const auto slot_run = read_slot_run(paths_, source.generation, slot)) run.release = slot_run->release;
    run.generation = source.generation;
    run.trigger = to_string(decision.trigger);
    run.counted = decision.counted;
    run.mirror_of = mirror_of;
    run.degraded = source.degraded || decision.degraded;
    run.rollout = source.route.rollout;
    return run;
  }

  Ending carry_out(Plan plan) {
    for (const auto& note : {plan.source.note, plan.decision.note})
      if (!note.empty()) say(Severity::warning, "degraded: " + note);
    store_cursor(plan.decision);
    const auto& route = plan.source.route;
    const auto slot = plan.decision.slot;
    auto begin = begin_of(plan.source, plan.decision, slot, std::nullopt);
    if (!manager_) return run_here(route, begin, slot, std::move(plan.hold));

    const bool announced = announce(paths_, begin, slot);
    InstanceRun instance_run(*manager_, paths_, inbox_, route.scope, instance_name(route.entry, begin.slot),
                             begin.slot, begin.id,
                             longest_run(read_slot_run(paths_, plan.source.generation, slot)));
    auto followed = instance_run.follow(std::move(plan.hold));
    if (!followed) {
      remove_ticket(paths_, begin.slot);
      if (announced) record_end(begin.id, {"failure", std::nullopt, {}}, {});
      return refuse(std::move(followed).error().with_context("the active slot could not be started"));
    }
    if (followed->unreachable && !followed->stopped) {
      remove_ticket(paths_, begin.slot);
      return run_here(route, begin, slot, Hold{});
    }
    if (followed->outcome && announced) record_end(begin.id, *followed->outcome, *followed);
    if (followed->stopped) return stopped_ending;
    if (plan.decision.mirror) mirror(begin, *plan.decision.mirror, plan.decision);
    if (!followed->outcome) {
      say(Severity::error,
          "nobody knows how " + begin.id + " ended: the manager was lost and the run left no record");
      return {1, 0};
    }
    return followed->outcome->ending;
  }

  void record_end(const std::string& run, const RunOutcome& outcome, const FollowedRun& followed) const {
    record(paths_, render_end({run, wall_now(), outcome.result, outcome.exit_status, followed.invocation,
                               std::chrono::duration_cast<Millis>(followed.duration).count()}));
  }

  // No manager: the program runs in the entry's own cgroup. In system scope that would be the wrong user.
  Ending run_here(const Route& route, Run begin, Slot slot, Hold hold) {
    if (route.scope != "user")
      return refuse(
          {Code::unavailable, "the manager cannot be reached: nothing was run", "see systemctl status dbus"});
    say(Severity::warning, "degraded: no manager to ask, running the program of the active slot here");
    begin.degraded = true;
    const auto pin = pin_generation(paths_, begin.generation);
    record(paths_, render_begin(begin));
    hold.lock.reset();
    const auto since = monotonic_now();
    const auto ending = execute(paths_, {begin.id, begin.generation, slot, true}, inbox_);
    RunOutcome outcome{ending.exit_status == 0 ? "success" : "failure", ending.exit_status, ending};
    if (ending.signal != 0) outcome = {"signal", std::nullopt, ending};
    if (ending.signal == 0 && ending.exit_status == timeout_exit_status)
      outcome = {"timeout", std::nullopt, ending};
    FollowedRun followed;
    followed.duration = monotonic_now() - since;
    record_end(begin.id, outcome, followed);
    return ending;
  }

  // The candidate runs besides, in a job of its own. Nothing that goes wrong here touches the entry.
  void mirror(const Run& active, Slot candidate, const Decision& decision) {
    const auto name = std::string(to_string(candidate));
    const auto skip = [&](const std::string& reason) {
      record(paths_, render_skip({wall_now(), name, active.id, reason}));
    };
    auto hold = share_hold(paths_, reserve, inbox_);
    const auto source = read_route(paths_);
    if (hold.stopped || !source || source->route.mode != RouteMode::mirror ||
        source->route.candidate != candidate)
      return skip("the route changed during the active run");
    const auto instance = instance_name(source->route.entry, name);
    const auto state = manager_->active_state(instance);
    if (!state) return skip(state.error().message);
    if (is_running(*state)) return skip("the mirrored run before has not ended");
    if (*state == "failed") manager_->reset_failed(instance);
    const auto begin = begin_of(*source, decision, candidate, active.id);
    if (!announce(paths_, begin, candidate)) return;
    if (const auto job = manager_->start(instance); !job) {
      say(Severity::warning, job.error().message);
      remove_ticket(paths_, name);
      return record_end(begin.id, {"failure", std::nullopt, {}}, {});
    }
    await_taken(paths_, name, ticket_bound);
  }

  AppPaths paths_;
  SignalInbox inbox_{SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};
  std::optional<Manager> manager_;
  std::optional<ActivationFacts> facts_;
  std::optional<Known> known_;
};

}  // namespace

Ending run_activation(const std::string& data) {
  return Activation(data).run();
}

}  // namespace wx
