// Figures in words. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wx {

// Three significant digits and the unit: "1.25 s" for ms above a second, "17.2 MB" for bytes, "5 %", "20
// points".
std::string figure(double value, std::string_view unit);
// Six significant digits, as people write them: "0.95", "1e+06".
std::string number_text(double value);
// "5 %" for 0.05.
std::string percent(double share);
// "3 of 20 runs".
std::string of(std::size_t some, std::size_t all, std::string_view noun);

}  // namespace wx
