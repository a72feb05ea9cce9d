// How answers look: one JSON document, or text fit to read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/cli/world.hpp"
#include "orchestrator/engine/check_result.hpp"

namespace wx {

enum class Tone { plain, good, bad, warn, dim, strong };

// Begins a terminal's screen anew.
inline constexpr std::string_view home_and_clear = "\033[H\033[2J";

std::string toned(const World& world, Tone tone, std::string_view text);
void print(std::string_view text);
void print_line(std::string_view text);
// The error in words on stderr, with its remedy; answers its exit status.
int report(const World& world, const Error& error);
// The exit status of a verb: its own, or that of the error that ended it, which is reported.
int told(const World& world, const Result<int>& result);
std::string check_line(const World& world, const CheckResult& check);
// "12 ms", "3.4 s", "5 min".
std::string human_ms(std::int64_t milliseconds);
// Columns aligned by width; the first row is the heading.
std::string table(const World& world, const std::vector<std::vector<std::string>>& rows);

}  // namespace wx
