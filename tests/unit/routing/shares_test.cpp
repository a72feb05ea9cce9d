#include "orchestrator/routing/shares.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "orchestrator/routing/blocks.hpp"

namespace wx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SharesTest : public testing::Test {
 protected:
  SharesTest() {
    route.generation = 7;
    route.active = Slot::blue;
    route.candidate = Slot::green;
    route.mode = RouteMode::split;
    route.percent = 25;
    route.seed = "5eed";
    route.rollout = "o-1";
    runs.push_back(wx::Run{});  // something older: the ledger reaches back far enough
  }

  bool drawn(std::uint64_t block, std::uint64_t position) const {
    return drawn_positions(route.seed, block, block_shape(route.percent)).at(0) == position;
  }
  wx::Run run_at(std::uint64_t block, std::uint64_t position) const {
    wx::Run run;
    run.slot = drawn(block, position) ? "green" : "blue";
    run.role = drawn(block, position) ? "candidate" : "active";
    run.generation = 7;
    run.rollout = "o-1";
    run.counted = true;
    run.block = block;
    run.position = position;
    run.result = "success";
    return run;
  }
  void run_block(std::uint64_t block, std::uint64_t positions = 4) {
    for (std::uint64_t position = 0; position < positions; ++position)
      runs.push_back(run_at(block, position));
  }
  wx::Run& at(std::uint64_t block, std::uint64_t position) { return runs.at(1 + block * 4 + position); }
  void erase(std::uint64_t block, std::uint64_t position) {
    runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(1 + block * 4 + position));
  }
  [[nodiscard]] Shares shares() const { return shares_of(runs, route); }

  Route route;
  std::vector<wx::Run> runs;
};

TEST_F(SharesTest, AreExactWhereEachPositionRanTheSlotItWasDrawnFor) {
  run_block(0);
  run_block(1);
  run_block(2, 3);
  const auto result = shares();
  EXPECT_TRUE(result.exact()) << result.deviation;
  ASSERT_EQ(result.blocks.size(), 3U);
  EXPECT_TRUE(result.blocks[0].complete());
  EXPECT_EQ(result.blocks[0].candidate_runs, 1U);
  EXPECT_EQ(result.blocks[1].candidate_runs, 1U);
  EXPECT_FALSE(result.blocks[2].complete());
  EXPECT_EQ(result.blocks[2].runs, 3U);
}

TEST_F(SharesTest, FindALostPosition) {
  run_block(0);
  run_block(1);
  erase(0, 2);
  const auto result = shares();
  EXPECT_THAT(result.blocks.at(0).lost, ElementsAre(2U));
  EXPECT_FALSE(result.blocks.at(0).complete());
  EXPECT_THAT(result.deviation, HasSubstr("block 0, position 2 of 4"));
}

TEST_F(SharesTest, FindALostEndOfABlockOnceTheNextHasBegun) {
  run_block(0, 3);
  EXPECT_TRUE(shares().exact());
  run_block(1, 1);
  EXPECT_THAT(shares().blocks.at(0).lost, ElementsAre(3U));
}

TEST_F(SharesTest, FindALostBlock) {
  run_block(0);
  run_block(2);
  EXPECT_THAT(shares().deviation, HasSubstr("block 1"));
}

TEST_F(SharesTest, FindADoubledPosition) {
  run_block(0);
  runs.push_back(run_at(0, 1));
  const auto result = shares();
  EXPECT_THAT(result.blocks.at(0).doubled, ElementsAre(1U));
  EXPECT_FALSE(result.exact());
}

TEST_F(SharesTest, FindARunOfTheOtherSlot) {
  run_block(0);
  at(0, 1).slot = at(0, 1).slot == "blue" ? "green" : "blue";
  const auto result = shares();
  EXPECT_THAT(result.blocks.at(0).misplaced, ElementsAre(1U));
  EXPECT_NE(result.blocks.at(0).candidate_runs, 1U);
  EXPECT_FALSE(result.exact());
}

TEST_F(SharesTest, FindAPositionBeyondTheBlock) {
  run_block(0);
  auto beyond = run_at(0, 0);
  beyond.position = 4;
  runs.push_back(beyond);
  run_block(1);
  EXPECT_THAT(shares().blocks.at(0).misplaced, ElementsAre(4U));
}

TEST_F(SharesTest, TakeAPlaceThatWasTakenAgainForOne) {
  run_block(0, 2);
  runs.push_back(run_at(0, 1));
  at(0, 1).result = "lost";
  EXPECT_TRUE(shares().exact()) << shares().deviation;
  at(0, 1).result = "failure";
  EXPECT_FALSE(shares().exact());
}

TEST_F(SharesTest, LeaveAFallbackOutOfTheCount) {
  run_block(0);
  auto fallback = run_at(0, 3);
  fallback.slot = "blue";
  fallback.counted = false;
  fallback.fallback = true;
  runs.push_back(fallback);
  EXPECT_TRUE(shares().exact());
  EXPECT_EQ(shares().blocks.at(0).candidate_runs, 1U);
}

TEST_F(SharesTest, TakeNothingForLostThatTheLedgerCannotKnowOf) {
  run_block(0);
  runs.erase(runs.begin(), runs.begin() + 3);  // rotated away
  EXPECT_TRUE(shares().exact()) << shares().deviation;
  EXPECT_FALSE(shares().blocks.at(0).complete());
}

TEST_F(SharesTest, CountWhatTookNoPlace) {
  run_block(0);
  auto degraded = run_at(0, 0);
  degraded.block = degraded.position = std::nullopt;
  degraded.degraded = true;
  runs.push_back(degraded);
  degraded.counted = false;  // by hand
  runs.push_back(degraded);
  EXPECT_EQ(shares().unplaced, 1U);
  EXPECT_TRUE(shares().exact());
}

TEST_F(SharesTest, AreThoseOfOneRouteAndOneRollout) {
  run_block(0);
  auto other = run_at(0, 0);
  other.generation = 6;
  runs.push_back(other);
  other.generation = 7;
  other.rollout = "o-0";
  runs.push_back(other);
  EXPECT_EQ(shares().blocks.size(), 1U);
  EXPECT_TRUE(shares().exact());
  route.mode = RouteMode::mirror;
  EXPECT_THAT(shares().blocks, IsEmpty());
}

}  // namespace
}  // namespace wx
