#include "orchestrator/routing/blocks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>

namespace wx {
namespace {

TEST(BlockShape, IsTheShortestWithTheWholeShare) {
  struct Case {
    double percent;
    std::uint64_t size;
    std::uint64_t chosen;
  };
  for (const auto& test :
       {Case{10, 10, 1}, Case{25, 4, 1}, Case{50, 2, 1}, Case{1, 100, 1}, Case{7, 100, 7}, Case{40, 5, 2},
        Case{75, 4, 3}, Case{99, 100, 99}, Case{100, 1, 1}, Case{0, 1, 0}, Case{2.5, 40, 1},
        Case{0.5, 200, 1}, Case{33.3, 3, 1}, Case{1e-300, 1'000'000, 1}}) {
    const auto shape = block_shape(test.percent);
    EXPECT_EQ(shape.size, test.size) << test.percent;
    EXPECT_EQ(shape.chosen, test.chosen) << test.percent;
  }
}

TEST(Blocks, HoldExactlyTheirShareForEveryWholePercentage) {
  for (int percent = 1; percent <= 100; ++percent) {
    const auto shape = block_shape(percent);
    BlockCursor cursor;
    for (int block = 0; block < 20; ++block) {
      std::uint64_t drawn = 0;
      for (std::uint64_t i = 0; i < shape.size; ++i) {
        const auto step = next_place(cursor, 7, "seed", percent);
        ASSERT_EQ(step.place.block, static_cast<std::uint64_t>(block)) << percent;
        ASSERT_EQ(step.place.position, i) << percent;
        drawn += step.place.drawn ? 1U : 0U;
        cursor = step.next;
      }
      ASSERT_EQ(drawn, shape.chosen) << percent << " % in block " << block;
      ASSERT_EQ(drawn * 100, shape.size * static_cast<std::uint64_t>(percent));
    }
  }
}

TEST(Blocks, DrawEveryPositionEquallyOften) {
  // Chi-square over the positions of 20000 blocks with a fixed seed: a draw that favours a position is found,
  // chance is not.
  for (const double percent : {2.5, 10.0, 40.0, 7.0}) {
    const auto shape = block_shape(percent);
    std::vector<double> seen(shape.size);
    constexpr int blocks = 20000;
    for (std::uint64_t block = 0; block < blocks; ++block)
      for (const auto position : drawn_positions("fixed", block, shape)) ++seen.at(position);
    const auto share = static_cast<double>(shape.chosen) / static_cast<double>(shape.size);
    const auto expected = blocks * share;
    double chi_square = 0;
    for (const auto count : seen)
      chi_square += (count - expected) * (count - expected) / expected / (1 - share);
    const auto freedom = static_cast<double>(shape.size - 1);
    // Five standard deviations above the mean of the distribution.
    EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom)) << percent;
    EXPECT_GT(chi_square, freedom - 5 * std::sqrt(2 * freedom))
        << percent << ": too even to be drawn at random";
  }
}

TEST(Blocks, DrawPairsOfPositionsEquallyOften) {
  std::array<std::array<int, 5>, 5> seen{};
  constexpr int blocks = 20000;
  for (std::uint64_t block = 0; block < blocks; ++block) {
    const auto drawn = drawn_positions("pairs", block, {5, 2});
    ++seen.at(drawn.at(0)).at(drawn.at(1));
  }
  double chi_square = 0;
  for (std::size_t a = 0; a < 5; ++a)
    for (std::size_t b = a + 1; b < 5; ++b)
      chi_square += std::pow(seen.at(a).at(b) - blocks / 10.0, 2) / (blocks / 10.0);
  EXPECT_LT(chi_square, 27.9) << "the 99.9 % point for 9 degrees of freedom";
}

// The 99.9 % point of chi-square, by Wilson and Hilferty.
double largest_chi_square(double freedom) {
  const auto part = 2 / (9 * freedom);
  return freedom * std::pow(1 - part + 3.09 * std::sqrt(part), 3);
}

TEST(Blocks, FavourNoPositionOverTheSeedsOfRollouts) {
  // A rollout sees the first blocks of one seed only, so it is over the seeds that positions must be even.
  constexpr int seeds = 20000;
  for (const double percent : {2.5, 10.0, 25.0, 40.0, 50.0}) {
    const auto shape = block_shape(percent);
    const auto size = static_cast<double>(shape.size);
    const auto chosen = static_cast<double>(shape.chosen);
    for (std::uint64_t block = 0; block < 3; ++block) {
      std::vector<double> seen(shape.size);
      for (int seed = 0; seed < seeds; ++seed)
        for (const auto position : drawn_positions("o-20261124T0800-" + std::to_string(seed), block, shape))
          ++seen.at(position);
      double chi_square = 0;
      for (const auto count : seen) chi_square += std::pow(count - seeds * chosen / size, 2);
      chi_square *= (size - 1) * size / (seeds * chosen * (size - chosen));  // drawn without putting back
      EXPECT_LT(chi_square, largest_chi_square(size - 1)) << percent << " %, block " << block;
    }
  }
}

TEST(Blocks, TellNothingOfTheNextBlock) {
  constexpr int seeds = 20000;
  std::array<std::array<double, 4>, 4> seen{};
  for (int seed = 0; seed < seeds; ++seed) {
    const auto text = "o-" + std::to_string(seed);
    ++seen.at(drawn_positions(text, 0, {4, 1})[0]).at(drawn_positions(text, 1, {4, 1})[0]);
  }
  double chi_square = 0;
  for (const auto& row : seen)
    for (const auto count : row) chi_square += std::pow(count - seeds / 16.0, 2) / (seeds / 16.0);
  EXPECT_LT(chi_square, largest_chi_square(15));
}

TEST(Blocks, AreAFunctionOfSeedAndNumber) {
  EXPECT_EQ(drawn_positions("a", 3, {100, 7}), drawn_positions("a", 3, {100, 7}));
  std::set<std::vector<std::uint64_t>> different;
  for (std::uint64_t block = 0; block < 50; ++block)
    for (const auto* seed : {"a", "b"}) different.insert(drawn_positions(seed, block, {100, 7}));
  EXPECT_EQ(different.size(), 100U);
}

TEST(Blocks, BeginAnewWithAnotherGeneration) {
  BlockCursor cursor{10, 4, 3, "run-1"};
  // 10 % -> 25 % -> 10 %, without a tick at 25 %: the third is not the first gone on.
  for (const auto generation : {11U, 12U}) {
    const auto step = next_place(cursor, generation, "seed", 10);
    EXPECT_EQ(step.place.block, 5U);
    EXPECT_EQ(step.place.position, 0U);
    EXPECT_EQ(step.next.generation, generation);
    EXPECT_EQ(step.next.run, "");
  }
}

TEST(Blocks, BeginWithTheFirstWhereNoneWasUsed) {
  EXPECT_EQ(next_place({}, 7, "seed", 10).place.block, 0U);
  EXPECT_EQ(next_place({0, 3, 1, {}}, 7, "seed", 10).place.block, 4U) << "known from the ledger only";
}

TEST(Blocks, TakeAPlaceAgainThatWasGivenBack) {
  BlockCursor cursor;
  for (int i = 0; i < 25; ++i) {
    const auto step = next_place(cursor, 7, "seed", 10);
    const auto again = next_place(given_back(step.next), 7, "seed", 10);
    EXPECT_EQ(again.place.block, step.place.block);
    EXPECT_EQ(again.place.position, step.place.position);
    EXPECT_EQ(again.place.drawn, step.place.drawn);
    cursor = step.next;
  }
}

TEST(BlockCursor, ReadsBackWhatWasWritten) {
  const BlockCursor cursor{31, 12, 7, "run-1"};
  const auto back = parse_block_cursor(render_block_cursor(cursor)).value();
  EXPECT_EQ(back.generation, cursor.generation);
  EXPECT_EQ(back.block, cursor.block);
  EXPECT_EQ(back.position, cursor.position);
  EXPECT_EQ(back.run, cursor.run);
  EXPECT_FALSE(
      parse_block_cursor("{\"format\":1,\"generation\":1,\"block\":-1,\"position\":0,\"run\":\"\"}"));
  EXPECT_FALSE(parse_block_cursor("{"));
}

}  // namespace
}  // namespace wx
