// Rollouts as the ledger would tell of them, from fixed seeds: programs that behave as described, a tick each
// second.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/domain/observations.hpp"

namespace wx::simulated {

// 64-bit linear congruential generator (Knuth's MMIX), its upper 53 bits: the same on every platform.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {
    for (int i = 0; i < 4; ++i) uniform();
  }
  double uniform() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 11U) / 9007199254740992.0;
  }
  bool chance(double probability) { return uniform() < probability; }
  double normal() {
    return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform());
  }

 private:
  std::uint64_t state_;
};

struct Conduct {
  double fails = 0.01;          // share of its runs
  double duration_ms = 2000;    // typical
  double duration_noise = 0.2;  // log-normal
  double memory = 50e6;
  double points = 20;  // a run, give or take `points_noise`
  double points_noise = 0;
  double loses = 0;           // share of its points, each by itself
  double writes_nothing = 0;  // share of its runs that succeed and write nothing
  double value = 20;
  double value_noise = 1;
  double errors = 0.01;  // share of its runs
};

class Trial {
 public:
  Trial(std::uint64_t seed, Conduct active, Conduct candidate)
      : seed_("seed-" + std::to_string(seed)), random_(seed), active_(active), candidate_(candidate) {}

  // So many ticks in a generation of its own; a block that is in progress is left.
  Trial& split(double percent, std::size_t ticks) {
    route({RouteMode::split, percent});
    const BlockShape shape = block_shape(percent);
    for (std::size_t i = 0; i < ticks; ++i) {
      const std::uint64_t position = i % shape.size;
      if (position == 0) ++block_;
      const auto drawn = drawn_positions(seed_, block_, shape);
      const bool chosen = std::find(drawn.begin(), drawn.end(), position) != drawn.end();
      Run& run = begin(chosen);
      run.block = block_;
      run.position = position;
      finish(run, chosen ? candidate_ : active_);
      if (chosen && !succeeded(run)) make_good(run);
      now += std::chrono::seconds(1);
    }
    return *this;
  }

  Trial& mirror(std::size_t ticks) {
    route({RouteMode::mirror, 100});
    for (std::size_t i = 0; i < ticks; ++i) {
      Run& active = begin(false);
      finish(active, active_);
      const std::string peer = active.id;
      Run& run = begin(true);
      run.mirror_of = peer;
      finish(run, candidate_);
      if (compares) compare(run, peer);
      now += std::chrono::seconds(1);
    }
    return *this;
  }

  [[nodiscard]] Observations observed() const { return observe(runs, scope); }

  static constexpr WallTime start{std::chrono::seconds(1'800'000'000)};
  WallTime now = start;
  bool compares = false;  // mirrored points have the times of their pair's
  std::vector<Run> runs;
  ObservationScope scope{"o-1", start, {}, {}, {}};

 private:
  void route(RouteShare share) { scope.routes[++generation_] = share; }

  Run& begin(bool candidate) {
    Run run;
    run.id = "run-" + std::to_string(runs.size());
    run.at = now;
    run.slot = candidate ? "green" : "blue";
    run.role = candidate ? "candidate" : "active";
    run.generation = generation_;
    run.trigger = "timer";
    run.counted = true;
    run.rollout = "o-1";
    runs.push_back(run);
    return runs.back();
  }

  void finish(Run& run, const Conduct& program) {
    const bool failed = random_.chance(program.fails);
    run.result = failed ? "failure" : "success";
    run.duration_ms =
        static_cast<std::int64_t>(program.duration_ms * std::exp(program.duration_noise * random_.normal()));
    run.memory_peak_bytes = static_cast<std::int64_t>(program.memory * (1 + 0.01 * random_.normal()));
    RunFacts& facts = scope.facts[run.id];
    const double due = std::max(0.0, std::round(program.points + program.points_noise * random_.normal()));
    double written = 0;
    for (int i = 0; i < static_cast<int>(due); ++i)
      if (!random_.chance(program.loses)) ++written;
    facts.points = failed || random_.chance(program.writes_nothing) ? 0 : written;
    facts.errors = failed || random_.chance(program.errors);
    if (!failed) facts.values["host=a value"] = program.value + program.value_noise * random_.normal();
  }

  void make_good(const Run& failed) {
    Run run = failed;
    run.id += "-again";
    run.slot = "blue";
    run.role = "active";
    run.counted = false;
    run.fallback = true;
    runs.push_back(run);
    finish(runs.back(), active_);
  }

  void compare(const Run& run, const std::string& peer) {
    const auto due = static_cast<std::uint64_t>(*scope.facts[peer].points);
    if (due == 0 || !succeeded(run)) return;
    const auto written = static_cast<std::uint64_t>(*scope.facts[run.id].points);
    const bool shifted = candidate_.value != active_.value;
    scope.facts[run.id].compared = ComparedPoints{due, shifted ? due : due - std::min(due, written)};
  }

  std::string seed_;
  Random random_;
  Conduct active_;
  Conduct candidate_;
  std::uint64_t generation_ = 0;
  std::uint64_t block_ = 0;
};

}  // namespace wx::simulated
