// Any percentage, any sequence of crashes, failures, restarts and re-weights: each complete block of a split
// has exactly its share, at the drawn positions, and no tick is lost or run twice. WX_TRIALS says how many
// sequences are tried.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <utility>
#include <vector>

#include "orchestrator/engine/generations.hpp"
#include "orchestrator/routing/shares.hpp"
#include "tests/crash/trial.hpp"

namespace wx::crash {
namespace {

using testkit::EffectLog;
using testkit::FakeProcess;
using testkit::Killed;

constexpr Micros tick{2'000'000};

std::uint64_t trials() {
  const char* wanted = std::getenv("WX_TRIALS");
  const std::uint64_t usual = sample(60, 60).size();  // few under a sanitizer
  return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool once_in(std::uint64_t times) { return below(times) == 0; }

 private:
  std::mt19937_64 random_;
};

// Now and then an effect of the router fails, or the router dies before or after one.
class Mischief final : public EffectObserver {
 public:
  explicit Mischief(Chance& chance) : chance_(chance) {}
  std::uint64_t deaths = 0;

  Status before(const Effect& effect) override {
    maybe_die();
    // An active slot that cannot be started is no fault of the routing.
    const bool may_fail =
        effect.kind != "systemd.start" || effect.subject.find("@green") != std::string::npos;
    if (may_fail && chance_.once_in(80)) return Error{Code::no_space, "no space"};
    return {};
  }
  void after(const Effect&) override { maybe_die(); }

 private:
  void maybe_die() {
    if (!chance_.once_in(60)) return;
    ++deaths;
    throw Killed{};
  }

  Chance& chance_;
};

// blue is active and green, which it replaced, may be put on trial.
FakeWorld::Disk two_releases() {
  FakeWorld world;
  EffectLog log;
  const auto first = world.add_release("ticks-1", {"one"}, config);
  const auto second = world.add_release("ticks-2", {"two"}, config);
  for (const auto& [id, release] :
       {std::pair("o-1", first), std::pair("o-2", second), std::pair("o-3", first)})
    EXPECT_TRUE(deploy(world, log, {id, release}));
  world.settle();
  return world.disk();
}

class Sequence {
 public:
  Sequence(const FakeWorld::Disk& disk, std::uint64_t seed) : chance_(seed), world_(disk) {}

  // What is wrong afterwards.
  std::vector<std::string> play() {
    const auto points_before = world_.main_points() + world_.candidate_points();
    weigh();
    world_.router.observer = &mischief_;
    for (auto ticks = 40 + chance_.below(120); ticks > 0; --ticks) {
      disturb();
      world_.clock.advance(tick);
    }
    world_.router.observer = nullptr;
    world_.clock.advance(3 * tick);
    world_.settle();
    judge_blocks();
    judge_points(world_.main_points() + world_.candidate_points() - points_before);
    return std::move(wrong_);
  }
  [[nodiscard]] std::uint64_t complete_blocks() const { return complete_blocks_; }
  [[nodiscard]] std::uint64_t deaths() const { return mischief_.deaths; }

 private:
  void weigh() {
    Generations generations(process_.ports, world_.layout);
    auto generation = generations.current().value().value();
    auto& route = generation.route;
    route.candidate = other(*route.active);
    route.mode = RouteMode::split;
    route.percent = chance_.once_in(3) ? 2.5 * static_cast<double>(1 + chance_.below(20))
                                       : static_cast<double>(1 + chance_.below(50));
    route.fallback = true;
    route.seed = "o-4";
    route.rollout = "o-4";
    EXPECT_TRUE(generations.commit(generation));
    routes_.push_back(generations.current().value()->route);
  }

  void disturb() {
    if (chance_.once_in(40)) weigh();
    if (chance_.once_in(15)) by_hand(world_.systemd.start_later("ticks.service"));
    if (chance_.once_in(40) && world_.systemd.start_later("ticks@green.service")) ++by_hand_;
    if (chance_.once_in(80)) static_cast<void>(world_.files.write(blocks(), "{\"format\":1,", 0600));
    if (chance_.once_in(10))
      for (auto& [program, behaviour] : world_.router.behaviours)
        behaviour.works_as_candidate = !behaviour.works_as_candidate;
    if (!chance_.once_in(60)) return;
    world_.clock.advance(Micros{static_cast<Micros::rep>(chance_.below(40'000))});
    world_.power_cut();
    ++power_cuts_;
  }
  static void by_hand(const Status& started) { EXPECT_TRUE(started) << started.error().message; }

  void judge_blocks() {
    const auto text = world_.files.read(world_.layout.ledger(), 1 << 26);
    const auto ledger = read_ledger(
        text.value(), [](const Run&) { return false; }, [](const Run&) { return std::int64_t{20'000}; });
    for (const auto& route : routes_) {
      const auto told = [&](const std::string& what) {
        wrong_.push_back(std::to_string(route.percent) + " %, generation " +
                         std::to_string(route.generation) + ": " + what);
      };
      const auto shares = shares_of(ledger.runs, route);
      if (!shares.exact()) told(shares.deviation);
      for (const auto& block : shares.blocks) {
        if (!block.complete()) continue;
        ++complete_blocks_;
        if (block.candidate_runs != block_shape(route.percent).chosen)
          told("block " + std::to_string(block.block) + " has " + std::to_string(block.candidate_runs));
      }
    }
  }

  // Each successful run writes one.
  void judge_points(std::uint64_t points) {
    const auto activations = world_.router.activations();
    if (points + mischief_.deaths + power_cuts_ < activations)
      wrong_.push_back("lost: " + std::to_string(activations) + " activations, " + std::to_string(points) +
                       " points");
    if (points > activations + by_hand_)
      wrong_.push_back("doubled: " + std::to_string(activations) + " activations, " + std::to_string(points) +
                       " points");
  }

  [[nodiscard]] std::string blocks() const { return world_.layout.state + "/blocks.json"; }

  Chance chance_;
  FakeWorld world_;
  EffectLog log_;
  FakeProcess process_{world_, log_};
  Mischief mischief_{chance_};
  std::vector<Route> routes_;
  std::vector<std::string> wrong_;
  std::uint64_t by_hand_ = 0;
  std::uint64_t power_cuts_ = 0;
  std::uint64_t complete_blocks_ = 0;
};

TEST(SplitProperty, EachCompleteBlockHasItsShareWhateverHappens) {
  const auto disk = two_releases();
  std::uint64_t complete_blocks = 0;
  std::uint64_t deaths = 0;
  for (std::uint64_t seed = 0; seed < trials(); ++seed) {
    Sequence sequence(disk, seed);
    for (const auto& line : sequence.play()) ADD_FAILURE() << "sequence " << seed << ": " << line;
    complete_blocks += sequence.complete_blocks();
    deaths += sequence.deaths();
  }
  EXPECT_GT(complete_blocks, trials()) << "else little was tried";
  EXPECT_GT(deaths, trials());
}

}  // namespace
}  // namespace wx::crash
