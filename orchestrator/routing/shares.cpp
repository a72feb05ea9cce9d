#include "orchestrator/routing/shares.hpp"

#include <algorithm>
#include <map>

#include "orchestrator/routing/blocks.hpp"

namespace wx {
namespace {

bool belongs_to(const Run& run, const Route& route) {
  return run.generation == route.generation && run.rollout == route.rollout && !run.mirror_of &&
         !run.fallback;
}

bool may_have_never_begun(const Run& run) {
  return !run.result || run.result == "lost";
}

// The runs at each position of one block.
using Places = std::map<std::uint64_t, std::vector<const Run*>>;

class BlockReader {
 public:
  BlockReader(const Route& route, std::uint64_t block)
      : route_(route),
        shape_(block_shape(route.percent)),
        drawn_(drawn_positions(route.seed, block, shape_)) {
    share_.block = block;
    share_.size = shape_.size;
  }

  // `from`: the first position that the ledger can know of. `left`: a later block has begun.
  BlockShare read(const Places& places, std::uint64_t from, bool left) {
    const auto end = left ? shape_.size : places.rbegin()->first + 1;
    auto next = places.begin();
    for (auto position = from; position < end; ++position) {
      if (next != places.end() && next->first == position) {
        count(position, (next++)->second);
      } else {
        share_.lost.push_back(position);
      }
    }
    for (; next != places.end(); ++next) share_.misplaced.push_back(next->first);  // beyond its end
    return std::move(share_);
  }

 private:
  void count(std::uint64_t position, const std::vector<const Run*>& runs) {
    ++share_.runs;
    if (!std::all_of(runs.begin(), runs.end() - 1, [](const Run* run) { return may_have_never_begun(*run); }))
      share_.doubled.push_back(position);
    const bool drawn = std::binary_search(drawn_.begin(), drawn_.end(), position);
    const bool ran = runs.back()->slot != to_string(*route_.active);
    if (ran) ++share_.candidate_runs;
    if (ran != drawn) share_.misplaced.push_back(position);
  }

  const Route& route_;
  BlockShape shape_;
  std::vector<std::uint64_t> drawn_;
  BlockShare share_;
};

std::string first_deviation(const BlockShare& share) {
  const auto told = [&](const std::vector<std::uint64_t>& positions, const char* what) {
    return positions.empty()
               ? std::string()
               : "block " + std::to_string(share.block) + ", position " + std::to_string(positions.front()) +
                     " of " + std::to_string(share.size) + ": " + what;
  };
  for (auto text : {told(share.lost, "no run took it"), told(share.doubled, "more than one run took it"),
                    told(share.misplaced, "it was drawn for the other slot")})
    if (!text.empty()) return text;
  return {};
}

}  // namespace

Shares shares_of(const std::vector<Run>& runs, const Route& route) {
  Shares shares;
  if (route.mode != RouteMode::split || !route.active) return shares;
  std::map<std::uint64_t, Places> blocks;
  for (const auto& run : runs) {
    if (!belongs_to(run, route)) continue;
    if (run.block && run.position) blocks[*run.block][*run.position].push_back(&run);
    if (run.counted && !run.block) ++shares.unplaced;
  }
  for (auto block = blocks.begin(); block != blocks.end(); ++block) {
    const auto& first = *block->second.begin()->second.front();
    const bool cut_off = &first == &runs.front();
    shares.blocks.push_back(
        BlockReader(route, block->first)
            .read(block->second, cut_off ? *first.position : 0, std::next(block) != blocks.end()));
    if (shares.deviation.empty() && block != blocks.begin() && std::prev(block)->first + 1 != block->first)
      shares.deviation = "block " + std::to_string(block->first - 1) + ": no run took any of its positions";
    if (shares.deviation.empty()) shares.deviation = first_deviation(shares.blocks.back());
  }
  return shares;
}

}  // namespace wx
