// A machine on which people deploy, promote, change their minds and roll back for months, while processes
// die, effects fail and the power goes: everything by one seed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/crash/commands.hpp"

namespace wx::crash {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool once_in(std::uint64_t times) { return below(times) == 0; }
  Micros up_to(std::int64_t seconds) {
    return Micros{static_cast<std::int64_t>(below(static_cast<std::uint64_t>(seconds) * 1'000'000))};
  }

 private:
  std::mt19937_64 random_;
};

// What goes wrong in the lives of wxctl: as many effects as its budget die or fail, and from a moment on all
// die.
class Mischief final : public EffectObserver {
 public:
  Mischief(FakeWorld& world, Chance& chance) : world_(world), chance_(chance) {}

  // Another process begins.
  void new_life(std::uint64_t budget, std::optional<Micros> end) {
    budget_ = budget;
    end_ = end;
    dead_ = dies_after_ = false;
  }
  Status before(const Effect& effect) override;
  void after(const Effect& effect) override;

 private:
  [[noreturn]] void die();

  FakeWorld& world_;
  Chance& chance_;
  std::uint64_t budget_ = 0;
  std::optional<Micros> end_;
  bool dead_ = false;
  bool dies_after_ = false;
};

class Months {
 public:
  explicit Months(std::uint64_t seed);

  // One rollout and what people do with it until it has ended; answers what is wrong afterwards.
  std::vector<std::string> one_rollout();

  // What happened so far, to be sure that something did.
  struct Tally {
    std::uint64_t promoted = 0;
    std::uint64_t rolled_back = 0;
    std::uint64_t refused = 0;
    std::uint64_t deaths = 0;
    std::uint64_t power_cuts = 0;
    std::uint64_t words = 0;
    std::uint64_t rolled_back_later = 0;
    std::uint64_t activations = 0;
  };
  [[nodiscard]] Tally tally();

 private:
  Order new_order();
  // A person says something while the engine works.
  void words_to_come();
  // One process after another until the rollout has ended.
  Result<RolloutView> live(const std::function<Result<RolloutView>(EffectObserver&)>& command,
                           const std::string& id);
  void after_death();
  Result<RolloutView> next_command(const std::string& id, const Result<RolloutView>& last);
  std::string active_version();
  void judge(const std::string& id, const Result<RolloutView>& view, const std::string& version);
  void wrong(const std::string& what) { wrong_.push_back(what); }

  Chance chance_;
  FakeWorld world_;
  testkit::EffectLog log_;
  Mischief mischief_{world_, chance_};
  std::uint64_t releases_ = 0;
  std::uint64_t rollouts_ = 0;
  Tally tally_;
  std::vector<std::string> wrong_;
};

}  // namespace wx::crash
