#include "orchestrator/domain/quantity.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <string>

#include "common/core/text.hpp"

namespace wx {

std::optional<std::uint64_t> parse_size(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  const std::string unit(
      trim(std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end))));
  static const std::map<std::string, double> units{
      {"", 1},          {"B", 1},          {"kB", 1e3},        {"KB", 1e3}, {"MB", 1e6},
      {"GB", 1e9},      {"TB", 1e12},      {"KiB", 1024},      {"K", 1024}, {"M", 1048576},
      {"MiB", 1048576}, {"G", 1073741824}, {"GiB", 1073741824}};
  const auto found = units.find(unit);
  if (found == units.end() || number * found->second > 1e18) return std::nullopt;
  return static_cast<std::uint64_t>(number * found->second);
}

std::optional<double> parse_fraction(std::string_view text, double scale) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (rest.empty()) return number;
  if (rest == "%") return number / scale;
  return std::nullopt;
}

}  // namespace wx
