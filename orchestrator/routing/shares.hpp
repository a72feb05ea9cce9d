// Whether the runs of a split are the ones that its route drew: the weights verified by what ran. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/routing/ledger.hpp"

namespace wx {

struct BlockShare {
  std::uint64_t block = 0;
  std::uint64_t size = 0;
  std::uint64_t runs = 0;                // positions that have one
  std::uint64_t candidate_runs = 0;      // of them
  std::vector<std::uint64_t> lost;       // positions without a run that were passed over
  std::vector<std::uint64_t> doubled;    // positions with more than one
  std::vector<std::uint64_t> misplaced;  // positions that the slot ran for which they were not drawn

  [[nodiscard]] bool complete() const { return runs == size; }
};

struct Shares {
  std::vector<BlockShare>
      blocks;  // ascending; the last may be in progress, the first cut off by the ledger's beginning
  // Counted activations that took no place because the split could not be followed (degraded). They are the
  // active slot's and leave each block exact.
  std::uint64_t unplaced = 0;
  std::string deviation;  // the first thing that is not as it was drawn, in a sentence

  [[nodiscard]] bool exact() const { return deviation.empty(); }
};

// What a ledger, oldest run first, tells of the blocks of `route`, which must be a split: its generation and
// rollout select the runs. A run that makes another good has no place of its own; of several runs at one
// place those that are lost never began, if another follows.
Shares shares_of(const std::vector<Run>& runs, const Route& route);

}  // namespace wx
