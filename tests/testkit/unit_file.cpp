#include "tests/testkit/unit_file.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "common/core/instant.hpp"
#include "common/core/text.hpp"

namespace wx::testkit {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The first multiple of `step` after `now`.
WallTime next_multiple(WallTime now, Micros step) {
  const auto since = now.time_since_epoch();
  return WallTime{(since / step + 1) * step};
}

std::optional<Micros> unit_of_time(std::string_view word) {
  static const std::map<std::string_view, Micros> units{{"", Micros{1'000'000}},
                                                        {"us", Micros{1}},
                                                        {"usec", Micros{1}},
                                                        {"ms", Micros{1'000}},
                                                        {"msec", Micros{1'000}},
                                                        {"s", Micros{1'000'000}},
                                                        {"sec", Micros{1'000'000}},
                                                        {"second", Micros{1'000'000}},
                                                        {"seconds", Micros{1'000'000}},
                                                        {"m", Micros{60'000'000}},
                                                        {"min", Micros{60'000'000}},
                                                        {"minute", Micros{60'000'000}},
                                                        {"minutes", Micros{60'000'000}},
                                                        {"h", Micros{3'600'000'000}},
                                                        {"hr", Micros{3'600'000'000}},
                                                        {"hour", Micros{3'600'000'000}},
                                                        {"hours", Micros{3'600'000'000}},
                                                        {"d", Micros{86'400'000'000}},
                                                        {"day", Micros{86'400'000'000}},
                                                        {"days", Micros{86'400'000'000}},
                                                        {"w", Micros{604'800'000'000}},
                                                        {"week", Micros{604'800'000'000}},
                                                        {"weeks", Micros{604'800'000'000}}};
  const auto found = units.find(word);
  if (found == units.end()) return std::nullopt;
  return found->second;
}

}  // namespace

void UnitFile::read(std::string_view text) {
  std::string section;
  std::string pending;
  for (const std::string& raw : split(text, '\n')) {
    const std::string_view trimmed = trim(raw);
    if (trimmed.starts_with('#') || trimmed.starts_with(';')) continue;
    std::string line = pending + std::string(trimmed);
    pending.clear();
    if (line.ends_with('\\')) {
      line.back() = ' ';
      pending = line;
      continue;
    }
    if (line.starts_with('[') && line.ends_with(']')) {
      section = line.substr(1, line.size() - 2);
      sections_.push_back(section);
      continue;
    }
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string key = section + "." + std::string(trim(std::string_view(line).substr(0, equals)));
    const std::string_view value = trim(std::string_view(line).substr(equals + 1));
    if (value.empty())
      values_.erase(key);
    else
      values_[key].emplace_back(value);
  }
}

std::vector<std::string> UnitFile::all(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::string UnitFile::last(const std::string& key, std::string otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::move(otherwise) : found->second.back();
}

std::vector<std::string> UnitFile::words(const std::string& key) const {
  std::vector<std::string> words;
  for (const std::string& value : all(key))
    for (std::string& word : split(value, ' '))
      if (!word.empty()) words.push_back(std::move(word));
  return words;
}

bool UnitFile::has_section(const std::string& section) const {
  return std::find(sections_.begin(), sections_.end(), section) != sections_.end();
}

std::optional<std::string> template_of(const std::string& unit) {
  const auto at = unit.find('@');
  const auto dot = unit.rfind('.');
  if (at == std::string::npos || dot == std::string::npos || at + 1 >= dot) return std::nullopt;
  return unit.substr(0, at + 1) + unit.substr(dot);
}

std::string expand_specifiers(std::string_view text, const std::string& unit) {
  const std::string stem = unit.substr(0, unit.rfind('.'));
  const auto at = stem.find('@');
  std::string expanded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 == text.size()) {
      expanded += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n':
        expanded += unit;
        break;
      case 'N':
        expanded += stem;
        break;
      case 'p':
        expanded += stem.substr(0, at);
        break;
      case 'i':
        expanded += at == std::string::npos ? "" : stem.substr(at + 1);
        break;
      case '%':
        expanded += '%';
        break;
      default:
        expanded += {'%', text[i]};
    }
  }
  return expanded;
}

std::vector<std::string> split_command(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 < line.size()) {
      word += line[++i];
      in_word = true;
    } else if (quote != '\0' ? c == quote : (c == '"' || c == '\'')) {
      quote = quote == '\0' ? c : '\0';
      in_word = true;
    } else if (quote == '\0' && (c == ' ' || c == '\t')) {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(word);
  return words;
}

std::optional<Micros> parse_span(std::string_view text) {
  Micros total{};
  text = trim(text);
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto end = std::min(text.find_first_of("0123456789", digits), text.size());
    const auto factor = unit_of_time(trim(text.substr(digits, end - digits)));
    if (digits == 0 || !factor) return std::nullopt;
    const double value = std::strtod(std::string(text.substr(0, digits)).c_str(), nullptr);
    total += Micros{static_cast<Micros::rep>(value * static_cast<double>(factor->count()))};
    text = text.substr(end);
  }
  return total;
}

std::optional<WallTime> next_elapse(const std::string& calendar, WallTime now) {
  constexpr Micros second{1'000'000};
  constexpr std::string_view seconds = "*:*:0/";
  constexpr std::string_view minutes = "*:0/";
  if (calendar.starts_with(seconds)) {
    const auto step = number(std::string_view(calendar).substr(seconds.size()));
    if (!step || *step < 1 || *step > 59) return std::nullopt;
    // The pattern begins anew each minute.
    const WallTime minute = next_multiple(now, 60 * second) - 60 * second;
    const WallTime next = minute + ((now - minute) / (*step * second) + 1) * (*step * second);
    return std::min(next, minute + 60 * second);
  }
  if (calendar.starts_with(minutes)) {
    const auto step = number(std::string_view(calendar).substr(minutes.size()));
    if (!step || *step < 1 || *step > 59) return std::nullopt;
    const WallTime hour = next_multiple(now, 3600 * second) - 3600 * second;
    const WallTime next = hour + ((now - hour) / (*step * 60 * second) + 1) * (*step * 60 * second);
    return std::min(next, hour + 3600 * second);
  }
  if (calendar == "minutely") return next_multiple(now, 60 * second);
  if (calendar == "hourly") return next_multiple(now, 3600 * second);
  if (calendar == "daily") return next_multiple(now, 86'400 * second);
  if (calendar.size() >= 19) {
    const auto instant = parse_instant(calendar.substr(0, 10) + "T" + calendar.substr(11, 8) + "Z");
    if (instant && *instant > now) return *instant;
  }
  return std::nullopt;
}

}  // namespace wx::testkit
