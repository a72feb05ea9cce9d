#include "collector/domain/fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/core/text.hpp"

namespace wx::collector {
namespace {

using Names = std::array<std::pair<std::string_view, std::string_view>, 20>;

// Spelling met, spelling stored: the second part holds reversed spellings that one station was seen to send.
constexpr Names compass_names{{{"N", "N"},     {"NNE", "NNE"}, {"NE", "NE"},   {"ENE", "ENE"},
                               {"E", "E"},     {"ESE", "ESE"}, {"SE", "SE"},   {"SSE", "SSE"},
                               {"S", "S"},     {"SSW", "SSW"}, {"SW", "SW"},   {"WSW", "WSW"},
                               {"W", "W"},     {"WNW", "WNW"}, {"NW", "NW"},   {"NNW", "NNW"},
                               {"SWW", "WSW"}, {"NEE", "ENE"}, {"SEE", "ESE"}, {"NWW", "WNW"}}};

std::optional<double> number_in(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string upper(std::string_view text) {
  std::string result(trim(text));
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

Judged judge_number(const FieldRule& rule, double answered, bool ranges) {
  const double value = answered / rule.divisor;
  if (!std::isfinite(value)) return Reason::not_a_number;
  if (ranges && (value < rule.least || value > rule.most)) return Reason::out_of_range;
  if (rule.kind == FieldKind::code && value != std::floor(value)) return Reason::unknown_value;
  return FieldValue{value};
}

Judged judge_word(const FieldRule& rule, const std::string& text, bool ranges) {
  const auto word = upper(text);
  if (word.empty()) return Absent{};
  if (rule.kind == FieldKind::compass) {
    const auto* known = std::find_if(compass_names.begin(), compass_names.end(),
                                     [&](const auto& entry) { return entry.first == word; });
    if (known != compass_names.end()) return FieldValue{std::string(known->second)};
  } else if (word == "R" || word == "F" || word == "S") {
    return FieldValue{word};
  }
  if (ranges) return Reason::unknown_value;
  return FieldValue{printable(word, 32)};
}

Judged judge_text(const FieldRule& rule, const std::string& text, bool ranges) {
  const bool is_word = rule.kind == FieldKind::compass || rule.kind == FieldKind::tendency;
  if (is_word) return judge_word(rule, text, ranges);
  const auto word = upper(text);
  if (word.empty()) return Absent{};
  if (rule.kind == FieldKind::code && (word == "NA" || word == "NR")) return Absent{};
  const auto value = number_in(word);
  if (!value) return Reason::not_a_number;
  return judge_number(rule, *value, ranges);
}

}  // namespace

Judged judge_field(const FieldRule& rule, const RawValue& value, bool ranges) {
  if (std::holds_alternative<std::monostate>(value)) return Absent{};
  if (std::holds_alternative<WrongUnit>(value)) return Reason::wrong_unit;
  if (const auto* text = std::get_if<std::string>(&value)) return judge_text(rule, *text, ranges);
  const auto* number = std::get_if<double>(&value);
  const bool is_word = rule.kind == FieldKind::compass || rule.kind == FieldKind::tendency;
  // A word that comes as a number once would change the field's type in the store for good.
  if (number == nullptr || is_word) return Reason::wrong_type;
  return judge_number(rule, *number, ranges);
}

}  // namespace wx::collector
