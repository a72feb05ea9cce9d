#include "orchestrator/routing/blocks.hpp"

#include <algorithm>
#include <numeric>

#include "orchestrator/routing/json_fields.hpp"

namespace wx {
namespace {

// A share below one in a million is none that anybody could wait for.
constexpr double max_block_size = 1e6;

// SplitMix64 (Steele, Lea, Flood 2014): small, seedable, the same on every platform.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t state) : state_(state) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    auto z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  // Uniform in [0, bound): what would favour small numbers is drawn again.
  std::uint64_t below(std::uint64_t bound) {
    const auto rejected = (0 - bound) % bound;  // 2^64 mod bound
    for (;;) {
      const auto value = next();
      if (value >= rejected) return value % bound;
    }
  }

 private:
  std::uint64_t state_;
};

// FNV-1a.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xCBF29CE484222325U;
  for (const auto c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return value;
}

SplitMix64 generator(std::string_view seed, std::uint64_t block) {
  // One scrambling step in between: neighbouring blocks must not see neighbouring parts of one sequence.
  return SplitMix64(SplitMix64(hash(seed) ^ (block * 0xD1342543DE82EF95U)).next());
}

}  // namespace

BlockShape block_shape(double percent) {
  if (!(percent > 0)) return {1, 0};
  if (percent >= 100) return {1, 1};
  const auto whole = static_cast<std::uint64_t>(percent);
  if (static_cast<double>(whole) == percent) {
    const auto divisor = std::gcd(std::uint64_t{100}, whole);
    return {100 / divisor, whole / divisor};
  }
  // Rounded without libm: the router pays for each library that it loads.
  const auto exact = std::min(100 / percent, max_block_size);
  const auto below = static_cast<std::uint64_t>(exact);
  return {exact - static_cast<double>(below) < 0.5 ? below : below + 1, 1};
}

std::vector<std::uint64_t> drawn_positions(std::string_view seed, std::uint64_t block, BlockShape shape) {
  auto random = generator(seed, block);
  // The first draw of the shuffle below, without its table: blocks of fractions can be long.
  if (shape.chosen == 1) return {random.below(shape.size)};
  std::vector<std::uint64_t> positions(shape.size);
  std::iota(positions.begin(), positions.end(), std::uint64_t{0});
  for (std::uint64_t i = 0; i < shape.chosen; ++i)  // Fisher-Yates, stopped when enough are drawn
    std::swap(positions[i], positions[i + random.below(shape.size - i)]);
  positions.resize(shape.chosen);
  std::sort(positions.begin(), positions.end());
  return positions;
}

BlockStep next_place(const BlockCursor& cursor, std::uint64_t generation, std::string_view seed,
                     double percent) {
  const auto shape = block_shape(percent);
  const bool unused = cursor.generation == 0 && cursor.position == 0;
  const bool goes_on = cursor.generation == generation && cursor.position < shape.size;
  BlockPlace place{cursor.block, goes_on ? cursor.position : 0, false};
  if (!goes_on && !unused) ++place.block;
  const auto drawn = drawn_positions(seed, place.block, shape);
  place.drawn = std::binary_search(drawn.begin(), drawn.end(), place.position);
  return {place, BlockCursor{generation, place.block, place.position + 1, {}}};
}

BlockCursor given_back(BlockCursor cursor) {
  if (cursor.position > 0) --cursor.position;
  cursor.run.clear();
  return cursor;
}

Result<BlockCursor> parse_block_cursor(std::string_view json) {
  WX_LET(auto fields, JsonFields::document(json, "blocks.json"));
  BlockCursor cursor{fields.whole("generation"), fields.whole("block"), fields.whole("position"),
                     fields.text("run")};
  if (!fields.complaint().empty()) return damaged("blocks.json", fields.complaint());
  return cursor;
}

std::string render_block_cursor(const BlockCursor& cursor) {
  JsonWriter json;
  json.add("format", document_format);
  json.add("generation", cursor.generation);
  json.add("block", cursor.block);
  json.add("position", cursor.position);
  json.add("run", cursor.run);
  return json.text();
}

}  // namespace wx
