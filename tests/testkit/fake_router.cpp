#include "tests/testkit/fake_router.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <utility>

#include "common/core/files.hpp"
#include "orchestrator/routing/ledger_lines.hpp"
#include "orchestrator/routing/outcome.hpp"
#include "tests/testkit/effects.hpp"

namespace wx::testkit {

namespace {

constexpr std::uint64_t largest_document = 1 << 20;
constexpr std::uint64_t newest_lines = 1 << 17;
constexpr std::int64_t hold_wait_ms = 30'000;
constexpr Micros check_duration{5'000};
constexpr Micros router_overhead{1'000};
constexpr Micros longest_wait{600'000'000};
constexpr ServiceExit cannot_run{4, 0, Micros{1'000}};

bool has_word(const std::vector<std::string>& argv, const std::string& word) {
  return std::find(argv.begin(), argv.end(), word) != argv.end();
}

std::string word_after(const std::vector<std::string>& argv, const std::string& word) {
  const auto found = std::find(argv.begin(), argv.end(), word);
  return found == argv.end() || found + 1 == argv.end() ? std::string{} : *(found + 1);
}

bool works(const ServiceExit& exit) {
  return exit.status == 0 && exit.signal == 0;
}

}  // namespace

ServiceExit FakeRouter::play(const std::string&, const std::vector<std::string>& argv) {
  if (!has_word(argv, "exec")) {
    try {
      return counted(activate());
    } catch (const Killed&) {
      return counted({0, SIGKILL, router_overhead});
    }
  }
  const ServiceExit exit = exec(word_after(argv, "--slot"));
  launched_ = exit;
  return exit;
}

ServiceExit FakeRouter::counted(ServiceExit exit) {
  if (!works(exit)) ++failed_;
  if (exit.status == cannot_run.status) ++refused_;
  ++in_progress_;
  later(exit.duration, [this] { --in_progress_; });
  return exit;
}

void FakeRouter::power_cut() {
  cut_off_ += std::exchange(in_progress_, 0);
  ++life_;
}

void FakeRouter::later(Micros delay, std::function<void()> action) {
  clock_.at(clock_.monotonic() + delay, [this, life = life_, action = std::move(action)] {
    if (life != life_) return;
    try {
      action();
    } catch (const Killed&) {  // the router; the entry is not told
    }
  });
}

void FakeRouter::record(const std::string& line) {
  static_cast<void>(own_files_.append(layout_.ledger(), line, false));  // fail-open, as in life
}

Result<Route> FakeRouter::read_route() {
  WX_LET(const std::string target, files_.read_link(layout_.current()));
  WX_LET(const std::string text, files_.read(layout_.data + "/" + target + "/route.json", largest_document));
  return parse_route(text);
}

ActivationFacts FakeRouter::facts(const Route& route) {
  ActivationFacts facts;
  const auto entry = systemd_.unit(route.entry);
  if (entry) {
    facts.entry_inactive_enter_us = entry->inactive_enter_us;
    facts.restarts = entry->restarts;
  }
  if (!route.timer) return facts;
  if (const auto timer = systemd_.timer(*route.timer))
    facts.timer = TimerFacts{timer->active_state == "active", timer->last_trigger_us, timer->active_enter_us,
                             timer->accuracy_us, timer->randomized_delay_us};
  return facts;
}

Standing FakeRouter::standing() {
  PlaceEvidence evidence;
  if (const auto text = files_.read(layout_.state + "/blocks.json", largest_document))
    if (const auto cursor = parse_block_cursor(*text)) evidence.stored = *cursor;
  if (const auto info = files_.info(layout_.ledger()))
    evidence.newest_lines =
        files_
            .read_from(layout_.ledger(), info->size > newest_lines ? info->size - newest_lines : 0,
                       newest_lines)
            .value_or(std::string());
  for (const auto slot : {Slot::blue, Slot::green}) {
    const auto text = files_.read(layout_.tickets() + "/" + std::string(to_string(slot)), largest_document);
    auto ticket = text ? parse_ticket(*text) : Result<Ticket>(text.error());
    if (ticket) evidence.tickets.push_back(*std::move(ticket));
  }
  return standing_of(evidence);
}

// Unique among the lives of a machine, too, which begin with a disk that has a ledger.
std::string FakeRouter::new_run_id() {
  std::array<char, 24> id{};
  std::snprintf(id.data(), id.size(), "run-%012llx%04llx",
                static_cast<unsigned long long>(clock_.now().time_since_epoch().count()),
                static_cast<unsigned long long>(++runs_ & 0xFFFF));
  return id.data();
}

Run FakeRouter::begin_of(const Route& route, const Decision& decision, Slot slot, std::string id) {
  Run run = announced(route, decision, slot);
  run.id = std::move(id);
  run.at = clock_.now();
  const auto text = files_.read(layout_.generation(route.generation) + "/" + std::string(to_string(slot)) + "/run.json", largest_document);
  if (const auto slot_run = text ? parse_slot_run(*text) : Result<SlotRun>(text.error())) run.release = slot_run->release;
  return run;
}

Status FakeRouter::announce(const Run& begin) {
  Ticket ticket;
  ticket.run = begin.id;
  ticket.generation = begin.generation;
  ticket.slot = begin.slot;
  ticket.at_monotonic_us = clock_.monotonic().count();
  const auto path = layout_.tickets() + "/" + begin.slot;
  WX_TRY(own_files_.write(path, render_ticket(ticket), 0600));
  auto appended = own_files_.append(layout_.ledger(), render_begin(begin), begin.block.has_value());
  if (appended || !begin.block) return {};
  static_cast<void>(own_files_.remove_file(path));
  return appended;
}

Result<ServiceExit> FakeRouter::launch(const Route& route, const Run& begin) {
  launched_.reset();
  WX_LET(const JobResult job, own_systemd_.start(instance_name(route.entry, begin.slot), Micros::zero()));
  static_cast<void>(job);  // it has only begun
  if (!launched_) return Error{Code::failed, "the instance did not run"};
  return *launched_;
}

void FakeRouter::await_idle(const std::string& unit) {
  const Micros deadline = clock_.monotonic() + longest_wait;
  while (clock_.monotonic() < deadline) {
    const auto state = systemd_.unit(unit);
    if (!state || state->active_state != "activating") return;
    clock_.step(deadline);
  }
}

void FakeRouter::end(const Run& begin, const std::string& instance) {
  const auto state = systemd_.unit(instance);
  if (!state) return;
  const RunOutcome outcome = judge({state->result == "success" ? "done" : "failed", state->result,
                                    state->exec_main_code, state->exec_main_status});
  record(render_end({begin.id, clock_.now(), outcome.result, outcome.exit_status, state->invocation,
                     (clock_.now() - begin.at).count() / 1000}));
  static_cast<void>(own_systemd_.reset_failed(instance));
}

Result<Decision> FakeRouter::choose(const Route& route, const ActivationFacts& why,
                                    const std::optional<Exception>& exception, const std::string& run) {
  const auto place = draws_places(route) ? standing() : Standing{};
  WX_LET(auto decision, decide(route, why, place.cursor));
  if (exception)
    decision = exception->candidate ? fallback_of(route, *exception->candidate)
                                    : active_alone(route, std::move(decision), exception->why);
  decision.cursor = to_be_stored(decision, place, run);
  return decision;
}

Result<FakeRouter::Launched> FakeRouter::run_slot(const ActivationFacts& why,
                                                  std::optional<Exception> exception) {
  const auto run = new_run_id();
  auto route = read_route();
  if (!route) return std::move(route).error();
  WX_LET(const auto first, choose(*route, why, exception, run));
  await_idle(instance_name(route->entry, to_string(first.slot)));
  auto hold = own_files_.lock(layout_.hold(), LockMode::shared, hold_wait_ms);
  route = read_route();
  if (!route) return std::move(route).error();
  WX_LET(auto decision, choose(*route, why, exception, run));
  if (decision.cursor) {
    const auto stored = [&]() -> Status {
      const auto ticket = layout_.tickets() + "/" + std::string(to_string(decision.slot));
      if (exists(own_files_, ticket)) WX_TRY(own_files_.remove_file(ticket));
      return replace_file(own_files_, layout_.state + "/blocks.json", render_block_cursor(*decision.cursor),
                          0600);
    }();
    if (!stored && !exception) return run_slot(why, Exception{{}, stored.error().message});
  }
  Launched launched{*route, decision, begin_of(*route, decision, decision.slot, run), {}};
  const auto told = announce(launched.begin);
  if (!told && decision.place && !exception) return run_slot(why, Exception{{}, told.error().message});
  auto exit = launch(*route, launched.begin);
  if (!exit) {
    static_cast<void>(own_files_.remove_file(layout_.tickets() + "/" + launched.begin.slot));
    record(render_end({launched.begin.id, clock_.now(), "failure", std::nullopt, "", 0}));
    if (decision.slot == route->active) return std::move(exit).error();
    decision.degraded = true;
    return run_slot(why, Exception{decision, exit.error().message});
  }
  launched.exit = *exit;
  return launched;
}

ServiceExit FakeRouter::activate() {
  ++activations_;
  const auto route = read_route();
  if (!route) return cannot_run;
  if (draws_places(*route) && (splits_.empty() || splits_.back().generation != route->generation))
    splits_.push_back(*route);
  const ActivationFacts why = facts(*route);
  const auto launched = run_slot(why, std::nullopt);
  if (!launched) return cannot_run;
  const bool falls_back =
      !works(launched->exit) && launched->decision.slot != launched->route.active && launched->route.fallback;
  const Micros whole = launched->exit.duration + router_overhead;
  later(whole, [this, launched = *launched, why, falls_back] {
    end(launched.begin, instance_name(launched.route.entry, launched.begin.slot));
    if (launched.decision.mirror) mirror(launched.begin, launched.decision);
    if (!falls_back) return;
    const auto again = run_slot(why, Exception{launched.decision, {}});
    if (again)
      later(again->exit.duration,
            [this, again = *again] { end(again.begin, instance_name(again.route.entry, again.begin.slot)); });
  });
  ServiceExit exit = launched->exit;
  exit.duration = whole;
  if (falls_back) {
    exit = foreseen(launched->route);
    exit.duration += whole;
  }
  return {exit.signal != 0 ? timeout_exit_status : exit.status, 0, exit.duration};
}

ServiceExit FakeRouter::foreseen(const Route& route) {
  const auto text = files_.read(
      layout_.generation(route.generation) + "/" + std::string(to_string(*route.active)) + "/run.json",
      largest_document);
  const auto run = text ? parse_slot_run(*text) : Result<SlotRun>(text.error());
  const Behaviour* behaviour = run ? behaviour_of(run->argv) : nullptr;
  return behaviour == nullptr ? cannot_run
                              : ServiceExit{behaviour->works_as_active ? 0 : 1, 0, behaviour->duration};
}

void FakeRouter::mirror(const Run& active, const Decision& decision) {
  const auto hold = own_files_.lock(layout_.hold(), LockMode::shared, hold_wait_ms);
  const auto route = read_route();
  const std::string name(to_string(*decision.mirror));
  const auto skip = [&](const std::string& reason) {
    record(render_skip({clock_.now(), name, active.id, reason}));
  };
  if (!route || route->mode != RouteMode::mirror || route->candidate != decision.mirror)
    return skip("the route changed");
  const std::string instance = instance_name(route->entry, name);
  const auto state = systemd_.unit(instance);
  if (!state || state->active_state == "activating") return skip("the one before has not ended");
  static_cast<void>(own_systemd_.reset_failed(instance));
  Run begin = begin_of(*route, decision, *decision.mirror, new_run_id());
  begin.mirror_of = active.id;
  mirrored_.insert(begin.id);
  if (announce(begin)) static_cast<void>(launch(*route, begin));
}

const Behaviour* FakeRouter::behaviour_of(const std::vector<std::string>& argv) {
  const auto content = files_.read(argv.front(), largest_document);
  if (!content) return nullptr;
  const auto found = behaviours.find(*content);
  return found == behaviours.end() ? nullptr : &found->second;
}

Result<Ticket> FakeRouter::ticket_of(const std::string& instance) {
  const std::string path = layout_.tickets() + "/" + instance;
  const auto text = files_.read(path, largest_document);
  auto ticket = text ? parse_ticket(*text) : Result<Ticket>(text.error());
  static_cast<void>(files_.remove_file(path));
  const auto slot = parse_slot(instance);
  if (ticket || !slot) return ticket;
  // Nobody announced it: a run by hand of what is current.
  WX_LET(const auto route, read_route());
  Run begin = begin_of(route, {}, *slot, new_run_id());
  static_cast<void>(files_.append(layout_.ledger(), render_begin(begin), false));
  Ticket by_hand;
  by_hand.run = begin.id;
  by_hand.generation = begin.generation;
  by_hand.slot = begin.slot;
  return by_hand;
}

ServiceExit FakeRouter::exec(const std::string& instance) {
  const auto ticket = ticket_of(instance);
  if (!ticket) return {to_int(ExitStatus::bad_input), 0, router_overhead};
  if (ticket->check) return check(*ticket->check);
  const std::string generation = layout_.generation(ticket->generation);
  const auto run_text = files_.read(generation + "/" + instance + "/run.json", largest_document);
  const auto run = run_text ? parse_slot_run(*run_text) : Result<SlotRun>(run_text.error());
  if (!run) return cannot_run;
  const Behaviour* behaviour = behaviour_of(run->argv);
  if (behaviour == nullptr) return {126, 0, router_overhead};
  const bool active = run->role == "active";
  const bool succeeds = active ? behaviour->works_as_active : behaviour->works_as_candidate;
  const Micros limit{static_cast<Micros::rep>(run->timeout_s * 1e6)};
  const bool timed_out = behaviour->duration > limit;
  const Micros duration = std::min(behaviour->duration, limit);
  // Pinned until it has ended.
  auto pin = files_.lock(generation + "/route.json", LockMode::shared, 0);
  const std::shared_ptr<FileLock> pinned = pin ? std::shared_ptr<FileLock>(std::move(pin).value()) : nullptr;
  RanLine ran;
  ran.run = ticket->run;
  ran.exit_status = succeeds ? 0 : 1;
  ran.signal = timed_out ? SIGTERM : 0;
  ran.timed_out = timed_out;
  ran.duration_ms = duration.count() / 1000;
  const std::int64_t time_ns = clock_.now().time_since_epoch().count() * 1000;
  later(duration,
        [this, ran, pinned, time_ns, bucket = run->bucket, writes = succeeds && !timed_out]() mutable {
          if (auto store = stores_.open({.path = layout_.data + "/ticks.db"}); store && writes) {
            static_cast<void>((*store)->write(bucket, {Point{"tick", "", time_ns, {{"value", 1.0}}}}));
            written_.push_back({time_ns, bucket, mirrored_.contains(ran.run)});
          }
          ran.at = clock_.now();
          record(render_ran(ran));
        });
  // systemd's own time-out is what ends a run that lasts too long.
  return {ran.exit_status, ran.signal, timed_out ? behaviour->duration : duration};
}

ServiceExit FakeRouter::check(const CheckOrder& order) {
  CheckOutcome outcome;
  const Behaviour* behaviour = behaviour_of(order.argv);
  if (behaviour == nullptr) {
    outcome.exit_status = 126;
    outcome.error = "cannot start " + order.argv.front();
  } else if (has_word(order.argv, "--version")) {
    outcome.tail = behaviour->version + "\n";
  } else if (!behaviour->passes_dry_run) {
    outcome.exit_status = 1;
    outcome.tail = "dry run: no route to the source\n";
  }
  outcome.duration_ms = check_duration.count() / 1000;
  later(check_duration, [this, outcome, path = order.output] {
    static_cast<void>(files_.write(path, render_check_outcome(outcome), 0600));
  });
  return {outcome.exit_status, 0, check_duration};
}

}  // namespace wx::testkit
