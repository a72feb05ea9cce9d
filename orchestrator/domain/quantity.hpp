// Sizes and percentages as people write them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wx {

// Bytes of "100MB" (decimal), "1GiB" or "200M" (binary), "500"; nothing when it is no size.
std::optional<std::uint64_t> parse_size(std::string_view text);
// "95%" divided by `scale`, or a bare number as it is; nothing when it is neither.
std::optional<double> parse_fraction(std::string_view text, double scale);

}  // namespace wx
