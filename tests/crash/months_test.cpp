// Months in seconds: rollouts by the hundred, or with WXCTL_TORTURE by the ten thousand, on machines where
// everything goes wrong at random. A failing seed is played alone with WXCTL_SEED.
#include "tests/crash/months.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/crash/trial.hpp"

namespace wx::crash {
namespace {

constexpr std::uint64_t rollouts_per_machine = 10;
constexpr std::size_t machines_with_torture = 1000;
constexpr std::size_t usual_machines = 30;
constexpr std::size_t most_reported = 5;

TEST(Months, NoInvariantIsBrokenAndNoPointLost) {
  std::vector<std::size_t> seeds = sample(machines_with_torture, usual_machines);
  if (const char* seed = std::getenv("WXCTL_SEED"); seed != nullptr)
    seeds = {std::strtoull(seed, nullptr, 10)};
  Months::Tally sum;
  std::size_t bad = 0;
  for (const auto seed : seeds) {
    Months months(seed);
    for (std::uint64_t i = 0; i < rollouts_per_machine; ++i) {
      const auto wrong = months.one_rollout();
      if (wrong.empty()) continue;
      if (++bad <= most_reported)
        for (const auto& line : wrong) ADD_FAILURE() << "WXCTL_SEED=" << seed << ", " << line;
      break;  // what comes after would only tell of this
    }
    const auto tally = months.tally();
    sum.promoted += tally.promoted;
    sum.rolled_back += tally.rolled_back;
    sum.refused += tally.refused;
    sum.deaths += tally.deaths;
    sum.power_cuts += tally.power_cuts;
    sum.words += tally.words;
    sum.rolled_back_later += tally.rolled_back_later;
    sum.activations += tally.activations;
  }
  EXPECT_EQ(bad, 0U) << "of " << seeds.size() << " machines";
  std::cout << "months in seconds: " << seeds.size() << " machines, " << sum.promoted
            << " rollouts promoted, " << sum.rolled_back << " taken back, " << sum.refused
            << " refused or never begun, " << sum.rolled_back_later << " rolled back later; " << sum.deaths
            << " deaths, " << sum.power_cuts << " power cuts, " << sum.words << " words of people, "
            << sum.activations << " activations" << std::endl;
  if (seeds.size() < usual_machines) return;
  EXPECT_GT(sum.promoted, seeds.size()) << "else little was tried";
  EXPECT_GT(sum.rolled_back, seeds.size());
  EXPECT_GT(sum.deaths, seeds.size());
}

}  // namespace
}  // namespace wx::crash
