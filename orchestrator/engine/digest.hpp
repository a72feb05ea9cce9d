// SHA-256 of a text in memory.
#pragma once

#include <string>
#include <string_view>

namespace wx {

// Lower-case hex, 64 digits.
std::string sha256_hex(std::string_view text);

}  // namespace wx
