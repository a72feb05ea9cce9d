// How two versions of a unit file differ, as it may be shown to people. Pure.
#pragma once

#include <string>
#include <string_view>

namespace wx {

// Unified diff with three lines of context; values of secret-looking names (`Environment=API_KEY=…`) are
// replaced by "***". Empty when nothing that may be shown differs.
std::string masked_unit_diff(std::string_view before, std::string_view after, const std::string& name);

// The first lines that a unified diff adds or removes, on one line: "-A=1, +A=2"; "…" for what is left out.
std::string in_short(std::string_view diff);

}  // namespace wx
