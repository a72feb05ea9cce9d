// Which shares of the runs a candidate may get. Pure.
#pragma once

#include <string>

#include "common/core/result.hpp"

namespace wx {

// Above it, in per cent, a split starves the main bucket and nobody is left to compare with.
inline constexpr double widest_split = 50;

// `invalid` when that share cannot be had in that mode (mirror, split) by a program that is repeatable or not.
Status check_share(double percent, const std::string& mode, bool repeatable);
// "12.5": the shortest text that reads back the same.
std::string percent_number(double percent);

}  // namespace wx
