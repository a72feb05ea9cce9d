#include "orchestrator/routing/router/activation.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/routing/decide.hpp"
#include "orchestrator/routing/ledger_lines.hpp"
#include "orchestrator/routing/router/execute.hpp"
#include "orchestrator/routing/router/hold.hpp"
#include "orchestrator/routing/router/instance_run.hpp"
#include "orchestrator/routing/router/ledger_file.hpp"
#include "orchestrator/routing/router/place_files.hpp"

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
  std::string run;  // its id
};

// Why the active slot runs though its activation was another's, or had a place in a block.
struct ActiveOnly {
  std::string why;                    // empty for a fallback, which is nothing out of the way
  std::optional<Decision> candidate;  // whose run is made good
};

struct Attempt {
  Ending ending;
  std::optional<ActiveOnly> next;  // the activation is not over: what to do now
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
    const auto bound = longest_run(active_run_of(*first));
    auto attempt = try_slot(bound);
    while (attempt.next) {
      active_only_ = std::move(attempt.next);
      attempt = try_slot(bound);
    }
    return attempt.ending;
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

  Attempt try_slot(Micros hold_bound) {
    auto plan = make_plan(hold_bound);
    if (!plan) return {plan.error().code == Code::interrupted ? stopped_ending : refuse(plan.error()), {}};
    if (inbox_.asked_to_stop()) return {stopped_ending, {}};
    return carry_out(*std::move(plan));
  }

  // The route under the hold, with no other run of the chosen slot in progress and the place of this one
  // stored. The hold is not kept while a run is waited for.
  Result<Plan> make_plan(Micros hold_bound) {
    const auto give_up = monotonic_now() + hold_bound;
    const auto run = new_run_id();
    for (;;) {
      auto hold = share_hold(paths_, hold_bound, inbox_);
      if (hold.stopped) return Error{Code::interrupted, "stopped", {}};
      WX_LET(auto source, read_route(paths_));
      WX_LET(auto decision, choose(source, run));
      const auto instance = instance_name(source.route.entry, to_string(decision.slot));
      const auto state = active_state_of(instance, source, hold);
      if (!state || !is_running(*state) || monotonic_now() >= give_up) {
        if (!store_place(decision)) continue;
        return Plan{std::move(source), std::move(decision), std::move(hold), run};
      }
      hold.lock.reset();
      const auto longest = longest_run(read_slot_run(paths_, source.generation, decision.slot));
      if (!await_idle(*manager_, instance, longest, inbox_)) return Error{Code::interrupted, "stopped", {}};
    }
  }

  Result<Decision> choose(const RouteSource& source, const std::string& run) const {
    const auto& route = source.route;
    const auto standing = draws_places(route) ? read_standing(paths_) : Standing{};
    WX_LET(auto decision, decide(route, facts_, standing.cursor));
    if (active_only_) {
      decision = active_only_->candidate ? fallback_of(route, *active_only_->candidate)
                                         : active_alone(route, std::move(decision), active_only_->why);
    } else if (decision.slot != route.active) {
      if (auto candidate = read_slot_run(paths_, source.generation, decision.slot); !candidate)
        decision = active_alone(route, std::move(decision), candidate.error().message);
    }
    decision.cursor = to_be_stored(decision, standing, run);
    return decision;
  }

  // A place that could not be stored would be taken twice: then the active slot runs alone. False when that
  // has to be decided anew.
  bool store_place(const Decision& decision) {
    if (!decision.cursor) return true;
    const auto stored = [&]() -> Status {
      WX_TRY(void_ticket(decision.slot));
      return store_cursor(paths_, *decision.cursor);
    }();
    if (stored) return true;
    say(Severity::warning, stored.error().message);
    if (active_only_) return true;
    active_only_ = ActiveOnly{"the place in the block could not be stored", {}};
    return false;
  }

  // The run that a forgotten ticket is for must not begin any more once its place is given to another.
  [[nodiscard]] Status void_ticket(Slot slot) const {
    const auto name = std::string(to_string(slot));
    remove_ticket(paths_, name);
    if (ticket_taken(paths_, name)) return {};
    return Error{Code::failed, "cannot remove " + paths_.ticket(name), {}};
  }

  [[nodiscard]] Run begin_of(const RouteSource& source, const Decision& decision, Slot slot,
                             std::string id) const {
    auto run = announced(source.route, decision, slot);
    run.id = std::move(id);
    run.at = wall_now();
    if (const auto slot_run = read_slot_run(paths_, source.generation, slot)) run.release = slot_run->release;
    run.generation = source.generation;
    run.degraded = source.degraded || run.degraded;
    return run;
  }

  Attempt carry_out(Plan plan) {
    const auto& decision = plan.decision;
    for (const auto& note : {plan.source.note, decision.note})
      if (!note.empty()) say(Severity::warning, "degraded: " + note);
    rotate_ledger(paths_);
    const auto& route = plan.source.route;
    const auto begin = begin_of(plan.source, decision, decision.slot, plan.run);
    if (!manager_) return {run_here(route, begin, decision.slot, std::move(plan.hold)), {}};

    const auto announced = announce(paths_, begin, decision.slot);
    if (!announced) {
      say(Severity::warning, announced.error().message);
      if (begin.block && !begin.fallback) return {{}, ActiveOnly{"the run could not be recorded", {}}};
    }
    InstanceRun instance_run(*manager_, paths_, inbox_, route.scope, instance_name(route.entry, begin.slot),
                             begin.slot, begin.id,
                             longest_run(read_slot_run(paths_, plan.source.generation, decision.slot)));
    const auto followed = instance_run.follow(std::move(plan.hold));
    const bool never_began = announced && !ticket_taken(paths_, begin.slot);
    if (never_began) remove_ticket(paths_, begin.slot);
    const bool on_trial = decision.slot != route.active;
    if (!followed) {
      if (announced) record_end(begin.id, {"failure", std::nullopt, {}}, {});
      if (on_trial) return instead_of(decision, followed.error().message);
      return {refuse(Error(followed.error()).with_context("the active slot could not be started")), {}};
    }
    if (followed->unreachable && !followed->stopped) {
      if (on_trial) return instead_of(decision, "the manager went away before the candidate was started");
      return {run_here(route, begin, decision.slot, Hold{}), {}};
    }
    if (followed->outcome && announced) record_end(begin.id, *followed->outcome, *followed);
    if (followed->stopped) return {stopped_ending, {}};
    if (on_trial && !did_its_work(*followed)) {
      if (never_began) return instead_of(decision, "the candidate could not be started");
      if (route.fallback) return {{}, ActiveOnly{{}, decision}};
    }
    if (decision.mirror) mirror(begin, *decision.mirror, decision);
    if (!followed->outcome) {
      say(Severity::error,
          "nobody knows how " + begin.id + " ended: the manager was lost and the run left no record");
      return {{1, 0}, {}};
    }
    return {followed->outcome->ending, {}};
  }

  static bool did_its_work(const FollowedRun& followed) {
    return followed.outcome && succeeded(followed.outcome->result);
  }

  // Nothing of the candidate ran: the active slot does, whatever the route says of fallbacks.
  static Attempt instead_of(Decision candidate, std::string why) {
    candidate.degraded = true;
    candidate.note = why;
    return {{}, ActiveOnly{std::move(why), std::move(candidate)}};
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
    auto begin = begin_of(*source, decision, candidate, new_run_id());
    begin.mirror_of = active.id;
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
  std::optional<ActiveOnly> active_only_;
};

}  // namespace

Ending run_activation(const std::string& data) {
  return Activation(data).run();
}

}  // namespace wx
