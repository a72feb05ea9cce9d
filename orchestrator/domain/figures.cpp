#include "orchestrator/domain/figures.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "common/core/text.hpp"

namespace wx {

namespace {

std::string number(double value) {
  std::array<char, 48> buffer{};
  // Three digits, but no exponent for what people count.
  const char* format = std::abs(value) >= 1000 && std::abs(value) < 1e15 ? "%.0f" : "%.3g";
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

}  // namespace

std::string figure(double value, std::string_view unit) {
  if (unit == "ms" && value >= 1000) return number(value / 1000) + " s";
  if (unit == "bytes") return number(value / 1e6) + " MB";
  return number(value) + (unit.empty() ? "" : " " + std::string(unit));
}

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%g", value);
  return buffer.data();
}

std::string percent(double share) {
  return figure(share * 100, "%");
}

std::string of(std::size_t some, std::size_t all, std::string_view noun) {
  return std::to_string(some) + " of " + plural(all, noun);
}

}  // namespace wx
