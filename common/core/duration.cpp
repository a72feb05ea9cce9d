#include "common/core/duration.hpp"

#include <array>
#include <cstdint>

#include "common/core/text.hpp"

namespace wx {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t micros;
};

// Largest first: the parts of one duration come in this order.
constexpr std::array units{
    Unit{"d", 86'400'000'000}, Unit{"h", 3'600'000'000}, Unit{"m", 60'000'000},
    Unit{"s", 1'000'000},      Unit{"ms", 1'000},        Unit{"us", 1},
};
constexpr std::size_t unit_seconds = 3;
constexpr std::size_t unit_hours = 1;
constexpr std::int64_t longest = 3650 * units[0].micros;
// More digits cannot be told apart in microseconds of the largest unit, and fit a message.
constexpr std::size_t longest_duration = 64;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

Error not_a_duration(std::string_view text, const std::string& why) {
  return Error{Code::invalid, "\"" + printable(text, longest_duration) + "\" is not a duration: " + why,
               "write it like 300ms, 10s, 5m, 1h30m, 24h or 7d; a bare number is seconds"};
}

// The longest prefix for which `accept` holds, taken off `rest`.
template <class Accept>
std::string_view take_while(std::string_view& rest, Accept accept) {
  std::size_t length = 0;
  while (length < rest.size() && accept(rest[length])) ++length;
  const auto taken = rest.substr(0, length);
  rest.remove_prefix(length);
  return taken;
}

// whole.fraction units in microseconds, rounded down; above `longest` for anything longer.
std::int64_t scale(std::string_view whole, std::string_view fraction, std::int64_t unit) {
  std::int64_t value = 0;
  for (const char c : whole) {
    value = value * 10 + (c - '0');
    if (value > longest / unit) return longest + 1;
  }
  value *= unit;
  std::int64_t scale_down = 1;
  std::int64_t numerator = 0;
  for (const char c : fraction.substr(0, 6)) {
    numerator = numerator * 10 + (c - '0');
    scale_down *= 10;
  }
  return value + numerator * unit / scale_down;
}

// "3", "30", "03" of `digits` places without trailing zeros, with the point in front; empty for zero.
std::string fraction_text(std::int64_t value, int digits) {
  if (value == 0) return {};
  std::string text = std::to_string(value);
  text.insert(0, static_cast<std::size_t>(digits) - text.size(), '0');
  text.erase(text.find_last_not_of('0') + 1);
  return "." + text;
}

}  // namespace

Result<Micros> parse_duration(std::string_view text) {
  if (text.empty()) return not_a_duration(text, "it is empty");
  if (text.size() > longest_duration) return not_a_duration(text, "it is too long");
  if (text.front() == '-') return not_a_duration(text, "it is negative");
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto whole = take_while(rest, is_digit);
    if (whole.empty()) return not_a_duration(text, "a number is missing");
    std::string_view fraction;
    if (!rest.empty() && rest.front() == '.') {
      rest.remove_prefix(1);
      fraction = take_while(rest, is_digit);
      if (fraction.empty()) return not_a_duration(text, "digits are missing after the point");
    }
    const auto name = take_while(rest, is_letter);
    if (name.empty() && whole.data() != text.data()) return not_a_duration(text, "a unit is missing");
    std::size_t unit = name.empty() ? unit_seconds : next_unit;
    while (!name.empty() && unit < units.size() && units[unit].name != name) ++unit;
    if (unit == units.size()) {
      return not_a_duration(text, "\"" + std::string(name) + "\" is not a unit that can stand there");
    }
    if (name.empty() && !rest.empty()) return not_a_duration(text, "unexpected characters");
    total += scale(whole, fraction, units[unit].micros);
    if (total > longest) return not_a_duration(text, "it is longer than ten years");
    next_unit = unit + 1;
    if (!fraction.empty() && !rest.empty())
      return not_a_duration(text, "only the last part can have a fraction");
  }
  return Micros{total};
}

std::string format_duration(Micros duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  if (rest < 0) {
    // The most negative value has no positive counterpart.
    return "-" + format_duration(rest == INT64_MIN ? Micros::max() : Micros{-rest});
  }
  std::string text;
  // "24h" and "36h" are what people write; days begin at two.
  for (std::size_t unit = rest < 2 * units[0].micros ? unit_hours : 0; unit < unit_seconds; ++unit) {
    if (const auto count = rest / units[unit].micros; count > 0) {
      text += std::to_string(count) + std::string(units[unit].name);
      rest %= units[unit].micros;
    }
  }
  if (rest == 0) return text;
  if (rest >= 1'000'000 || !text.empty()) {
    return text + std::to_string(rest / 1'000'000) + fraction_text(rest % 1'000'000, 6) + "s";
  }
  if (rest >= 1'000) return std::to_string(rest / 1'000) + fraction_text(rest % 1'000, 3) + "ms";
  return std::to_string(rest) + "us";
}

}  // namespace wx
