#include "common/core/crc32c.hpp"

#include <array>

namespace wx {
namespace {

constexpr std::uint32_t reflected_polynomial = 0x82F63B78u;

// What each byte value does to the low byte of the remainder.
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1u) != 0 ? reflected_polynomial : 0u);
    }
    table[byte] = remainder;
  }
  return table;
}

constexpr auto table = make_table();

}  // namespace

std::uint32_t crc32c(std::string_view data) {
  std::uint32_t remainder = ~0u;
  for (const char c : data) {
    remainder = (remainder >> 8) ^ table[(remainder ^ static_cast<unsigned char>(c)) & 0xFFu];
  }
  return ~remainder;
}

}  // namespace wx
