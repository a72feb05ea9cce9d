#include "tests/crash/months.hpp"

#include <array>

#include "orchestrator/engine/requests.hpp"
#include "orchestrator/engine/sweep.hpp"
#include "tests/crash/host_state.hpp"
#include "tests/crash/judge_points.hpp"

namespace wx::crash {

namespace {

using testkit::Behaviour;
using testkit::Killed;

constexpr int most_lives = 40;
constexpr int lives_with_mischief = 10;
constexpr int patience = 20;  // lives after which a person aborts
constexpr Micros asked_for{10'000'000};

Behaviour behaviour_of(Chance& chance, const std::string& version) {
  Behaviour out{version};
  switch (chance.below(12)) {
    case 0:
      out.passes_dry_run = false;
      break;
    case 1:
      out.works_as_candidate = false;
      break;
    case 2:
      out.works_as_active = false;
      break;
    case 3:
      out.works_as_candidate = out.works_as_active = false;
      break;
    case 4:
      out.duration = Micros{400'000};
      break;
    case 5:
      out.duration = Micros{3'000'000};
      break;  // longer than the timer's interval
    default:
      break;
  }
  return out;
}

Error error_of(Chance& chance, const Effect& effect) {
  if (effect.kind.starts_with("systemd."))
    return chance.once_in(2) ? Error{Code::timeout, "the bus did not answer"}
                             : Error{Code::failed, "refused"};
  switch (chance.below(3)) {
    case 0:
      return {Code::no_space, "no space left on device"};
    case 1:
      return {Code::permission, "permission denied"};
    default:
      return {Code::failed, "input/output error"};
  }
}

Request any_word(Chance& chance) {
  constexpr std::array verbs{"promote", "promote", "pause", "resume", "retry", "route"};
  Request request;
  request.verb = verbs[chance.below(verbs.size())];
  request.full = request.verb == "promote" && chance.once_in(2);
  if (request.verb == "route") request.percent = static_cast<double>(1 + chance.below(50));
  return request;
}

}  // namespace

Status Mischief::before(const Effect& effect) {
  if (dead_) die();
  if (end_ && world_.clock.monotonic() >= *end_) die();
  if (budget_ == 0 || !chance_.once_in(120)) return {};
  --budget_;
  switch (chance_.below(3)) {
    case 0:
      die();
    case 1:
      dies_after_ = true;
      return {};
    default:
      return error_of(chance_, effect);
  }
}

void Mischief::after(const Effect&) {
  if (dies_after_) die();
}

void Mischief::die() {
  dead_ = true;
  throw Killed{};
}

Months::Months(std::uint64_t seed) : chance_(seed) {
  if (chance_.once_in(3)) world_.not_repeatable();
  const auto first = deploy(world_, log_, {"o-0", world_.add_release("ticks-0", {"v0"}, config)});
  if (!first || first->phase != "Healthy") wrong("the first deployment failed");
  world_.settle();
}

Months::Tally Months::tally() {
  tally_.activations = world_.router.activations();
  return tally_;
}

std::string Months::active_version() {
  testkit::FakeProcess process(world_, log_);
  const auto present = Generations(process.ports, world_.layout).current();
  if (!present || !*present || !(*present)->route.active) return "none";
  return (*present)->slot(*(*present)->route.active)->version;
}

Order Months::new_order() {
  constexpr std::array strategies{"gradual", "canary", "blue-green"};
  const std::string version = "v" + std::to_string(++releases_);
  const Behaviour behaviour = behaviour_of(chance_, version);
  Order order;
  order.id = "o-" + std::to_string(++rollouts_);
  order.release =
      world_.add_release("ticks-" + version, behaviour, std::string(config) + "added_by: " + version + "\n");
  order.strategy = strategies[chance_.below(strategies.size())];
  order.soak = std::to_string(order.strategy == "gradual" ? chance_.below(12) : 12 + chance_.below(20)) + "s";
  if (order.strategy == "canary") order.percent = std::to_string(10 + 10 * chance_.below(5));
  order.auto_confirm = !chance_.once_in(4);
  return order;
}

void Months::words_to_come() {
  for (auto words = chance_.below(4); words > 0; --words) {
    const Micros time = world_.clock.monotonic() + chance_.up_to(60);
    world_.clock.at(time, [this, word = any_word(chance_)] {
      const auto running = rollout_in_progress(world_.files, world_.layout);
      if (!running || !*running) return;
      testkit::FakeProcess process(world_, log_);
      const auto id = Requests(process.ports, world_.layout).leave(word);
      if (!id) return;
      ++tally_.words;
      // Who asked does not wait for ever.
      world_.clock.at(world_.clock.monotonic() + asked_for, [this, id = *id] {
        testkit::FakeProcess asker(world_, log_);
        Requests requests(asker.ports, world_.layout);
        if (const auto answer = requests.answer_to(id); answer && !*answer)
          static_cast<void>(requests.withdraw(id));
      });
    });
  }
}

void Months::after_death() {
  ++tally_.deaths;
  if (chance_.once_in(4)) {
    ++tally_.power_cuts;
    world_.power_cut();
  }
  // Now and then so long that a lease runs out.
  world_.clock.advance(chance_.once_in(8) ? Micros{330'000'000} : chance_.up_to(6));
}

Result<RolloutView> Months::next_command(const std::string& id, const Result<RolloutView>& last) {
  const bool paused = last && last->phase == "Paused";
  if (paused) {
    Request word = any_word(chance_);
    if (word.verb == "pause") word.verb = "promote";
    if (!chance_.once_in(5)) {
      ask(world_, word);
      return resume(world_, mischief_);
    }
    return take_back(world_, mischief_, "Aborted");
  }
  switch (chance_.below(10)) {
    case 0:
      return take_back(world_, mischief_, "Aborted");
    case 1:
      return take_back(world_, mischief_, "RolledBack");
    case 2: {
      WX_LET(const bool acted, look_at_lease(world_, mischief_));
      if (!acted) return Error{Code::interrupted, "the lease has not run out"};
      return find_rollout(world_.files, world_.layout, id);
    }
    default:
      return resume(world_, mischief_);
  }
}

Result<RolloutView> Months::live(const std::function<Result<RolloutView>(EffectObserver&)>& command,
                                 const std::string& first) {
  std::string id = first;
  Result<RolloutView> view = Error{Code::interrupted, "not begun"};
  for (int life = 0; life < most_lives; ++life) {
    const bool calm = life >= lives_with_mischief;
    mischief_.new_life(calm ? 0 : chance_.below(4),
                       calm || !chance_.once_in(4)
                           ? std::nullopt
                           : std::optional(world_.clock.monotonic() + chance_.up_to(60)));
    if (!calm) words_to_come();
    try {
      if (life == 0)
        view = command(mischief_);
      else if (view && view->phase == "Failed")
        view = roll_back(world_, mischief_, id = first + "-back-" + std::to_string(life));
      else if (life >= patience)
        view = take_back(world_, mischief_, "Aborted");
      else
        view = next_command(id, view);
    } catch (const Killed&) {
      after_death();
      view = Error{Code::interrupted, "killed"};
    }
    const auto all = list_rollouts(world_.files, world_.layout);
    if (!all) return all.error();
    for (std::size_t i = 1; i < all->size(); ++i)
      if (!(*all)[i].ended()) wrong((*all)[i].plan.id + " has not ended and another was begun");
    const bool begun = !all->empty() && all->front().plan.id.starts_with(first);
    if (begun) id = all->front().plan.id;
    if (begun && all->front().ended()) {
      view = all->front();
      if (view->phase != "Failed") return view;
    } else if (!begun && !view &&
               (view.error().code == Code::impossible || view.error().code == Code::invalid)) {
      return view;  // refused, or it never began
    } else if (!view && view.error().code == Code::impossible) {
      wrong("nothing is in progress, yet " + id + " has not ended");
    }
  }
  wrong("it has not ended after " + std::to_string(most_lives) + " lives");
  return view;
}

void Months::judge(const std::string& id, const Result<RolloutView>& view, const std::string& version) {
  if (const auto active = active_version(); active != version)
    wrong(active + " is active instead of " + version);
  for (auto& line : judge_points(world_)) wrong(line);
  if (world_.router.refused() != 0)
    wrong(std::to_string(world_.router.refused()) + " activations ran nothing");
  const HostState state = observe_host(world_);
  if (state.at("unit ticks.timer") != "active, enabled")
    wrong("the timer is " + state.at("unit ticks.timer"));
  if (state.at("lease") != "none") wrong("a lease is out");
  for (const auto& unit : {world_.layout.resume_unit(), world_.layout.deadman_timer()})
    if (const auto found = state.find("unit " + unit);
        found != state.end() && found->second.find("enabled") != std::string::npos)
      wrong(unit + " is " + found->second);
  testkit::FakeProcess process(world_, log_);
  if (const auto lock = take_app_lock(process.ports, world_.layout, "test", 1, 0); !lock)
    wrong(lock.error().message);
  const auto generation = Generations(process.ports, world_.layout).current();
  if (!generation || !*generation || (*generation)->route.candidate ||
      (*generation)->route.mode != RouteMode::none)
    wrong("something is on trial still");
  if (!view) return;
  // The end of a rollout sweeps, and does no more than say nothing when it cannot: the next end does.
  sweep_unfinished(world_.files, world_.layout);
  for (const auto& [path, what] : world_.files.dump())
    // An answer half-written after the end is dropped with the others when it is old.
    if (path.ends_with(".new") && !path.ends_with(".answer.new")) wrong("debris: " + path);
  const auto history = list_rollouts(world_.files, world_.layout);
  if (!history || history->empty() || !history->front().plan.id.starts_with(id) ||
      history->front().phase != view->phase)
    wrong("the history does not begin with " + id + ", " + view->phase);
}

std::vector<std::string> Months::one_rollout() {
  wrong_.clear();
  world_.clock.advance(chance_.up_to(20));
  world_.settle();
  const std::string before = active_version();
  const HostState untouched = observe_host(world_);
  const Order order = new_order();
  auto view = live([&](EffectObserver& observer) { return deploy(world_, observer, order); }, order.id);
  const bool promoted = view && view->phase == "Healthy";
  const std::string what = order.id + ", " + order.strategy + " " + order.percent + " " + order.soak + ": " +
                           (view ? view->phase + ": " + view->message : view.error().message);
  ++(promoted ? tally_.promoted : view ? tally_.rolled_back : tally_.refused);
  world_.settle();
  judge(order.id, view, promoted ? "v" + std::to_string(releases_) : before);
  if (!promoted)
    for (auto& line : differences(untouched, observe_host(world_))) wrong(line);
  if (promoted && chance_.once_in(3)) {
    const std::string id = "o-" + std::to_string(++rollouts_);
    const auto back = live([&](EffectObserver& observer) { return roll_back(world_, observer, id); }, id);
    ++tally_.rolled_back_later;
    world_.settle();
    const bool done = back && back->phase == "RolledBack";
    if (back && !done) wrong("the rollback ended " + back->phase + ": " + back->message);
    judge(id, back, done ? before : "v" + std::to_string(releases_));
  }
  std::vector<std::string> out;
  for (auto& line : wrong_) out.push_back(what + "\n  " + line);
  return out;
}

}  // namespace wx::crash
