// The share of activations that a candidate gets, as permuted blocks: of each `size` counted activations in a
// row exactly `chosen` are drawn, at positions nobody can foresee without the seed. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"

namespace wx {

struct BlockShape {
  std::uint64_t size = 1;
  std::uint64_t chosen = 0;
};

// 100/gcd(100, p) for a whole percentage, else round(100/p) with one drawn. `percent` within [0, 100]; 0
// draws none.
BlockShape block_shape(double percent);

// The drawn positions of a block, ascending: a function of seed and block number alone, so that it can be
// checked afterwards.
std::vector<std::uint64_t> drawn_positions(std::string_view seed, std::uint64_t block, BlockShape shape);

// STATE/blocks.json: where the next counted activation stands.
struct BlockCursor {
  std::uint64_t generation =
      0;  // whose route the block was drawn for; with another one the next block begins
  std::uint64_t block = 0;
  std::uint64_t position = 0;  // 0 without a generation: no place was ever taken
  std::string run;             // who took the place before; empty when that place may not be given back
};

struct BlockPlace {
  std::uint64_t block = 0;
  std::uint64_t position = 0;
  bool drawn = false;
};

struct BlockStep {
  BlockPlace place;  // of this activation
  BlockCursor next;  // to be stored, durably, before the run that uses the place begins
};

// Take the next place; who takes it is the caller's to say. A cursor of another generation (a re-weight,
// another candidate) leaves its block and begins the next one, so that a block belongs to one route.
BlockStep next_place(const BlockCursor& cursor, std::uint64_t generation, std::string_view seed,
                     double percent);

// The place that was taken last is free again: the run it was taken for never began.
BlockCursor given_back(BlockCursor cursor);

// `invalid` for damage or a newer format.
Result<BlockCursor> parse_block_cursor(std::string_view json);
std::string render_block_cursor(const BlockCursor& cursor);

}  // namespace wx
