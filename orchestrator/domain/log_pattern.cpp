#include "orchestrator/domain/log_pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wx {

namespace {

constexpr std::size_t longest_pattern = 200;
constexpr std::size_t shortest_id = 6;
// Before a severity word stand at most a time, a name and some brackets.
constexpr std::size_t severity_within = 64;
constexpr int default_priority = 6;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Length of what `text` begins with in the form of `shape`: 9 stands for a digit, anything else for itself; 0
// when it does not.
std::size_t shaped(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return 0;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == '9' ? !is_digit(text[i]) : text[i] != shape[i]) return 0;
  return shape.size();
}

template <class Is>
std::size_t span(std::string_view text, Is is) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is) - text.begin());
}

// 15:04:05, with a fraction
std::size_t clock_time(std::string_view text) {
  std::size_t length = shaped(text, "99:99:99");
  if (length == 0 || text.size() == length || (text[length] != '.' && text[length] != ',')) return length;
  const std::size_t fraction = span(text.substr(length + 1), is_digit);
  return fraction == 0 ? length : length + 1 + fraction;
}

std::size_t zone(std::string_view text) {
  if (text.starts_with("Z")) return 1;
  for (const auto* shape : {"+99:99", "-99:99", "+9999", "-9999"})
    if (const std::size_t length = shaped(text, shape); length > 0) return length;
  return 0;
}

std::size_t time_stamp(std::string_view text) {
  std::size_t date = shaped(text, "9999-99-99");
  if (date == 0) date = shaped(text, "9999/99/99");
  if (date == 0) return clock_time(text);
  if (text.size() == date || (text[date] != 'T' && text[date] != ' ')) return date;
  const std::size_t time = clock_time(text.substr(date + 1));
  if (time == 0) return date;
  return date + 1 + time + zone(text.substr(date + 1 + time));
}

// 127.0.0.1, with a port
std::size_t address(std::string_view text) {
  std::size_t length = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (length >= text.size() || text[length] != '.') return 0;
      ++length;
    }
    const std::size_t digits = span(text.substr(length), is_digit);
    if (digits == 0 || digits > 3) return 0;
    length += digits;
  }
  if (length < text.size() && text[length] == ':') {
    const std::size_t port = span(text.substr(length + 1), is_digit);
    if (port > 0) length += 1 + port;
  }
  return length;
}

// UUIDs, hashes, 0x7f: letters and digits of one word, dashes between groups of a UUID included.
std::size_t hexadecimal(std::string_view text) {
  const std::size_t prefix = text.starts_with("0x") ? 2 : 0;
  std::size_t length = prefix + span(text.substr(prefix), is_hex);
  if (prefix > 0 && length > prefix) return length;
  while (length >= 8 && length < text.size() && text[length] == '-') {
    const std::size_t group = span(text.substr(length + 1), is_hex);
    if (group != 4 && group != 12) break;
    length += 1 + group;
  }
  const auto word = text.substr(0, length);
  const bool mixed =
      std::any_of(word.begin(), word.end(), is_digit) && std::any_of(word.begin(), word.end(), is_letter);
  const bool ends = length == text.size() || (!is_letter(text[length]) && !is_digit(text[length]));
  return length >= shortest_id && mixed && ends ? length : 0;
}

// 12, 3.5, 1e-3; the unit behind it stays.
std::size_t number(std::string_view text) {
  std::size_t length = span(text, is_digit);
  if (length == 0) return 0;
  if (length + 1 < text.size() && text[length] == '.' && is_digit(text[length + 1]))
    length += 1 + span(text.substr(length + 1), is_digit);
  return length;
}

std::pair<std::size_t, std::string_view> variable_part(std::string_view text) {
  if (const auto length = time_stamp(text); length > 0) return {length, "<time>"};
  if (const auto length = address(text); length > 0) return {length, "<address>"};
  if (const auto length = hexadecimal(text); length > 0) return {length, "<id>"};
  return {number(text), "<n>"};
}

struct SeverityWord {
  std::string_view word;
  LogSeverity severity;
};
constexpr std::array<SeverityWord, 13> severity_words{{{"error", LogSeverity::error},
                                                       {"err", LogSeverity::error},
                                                       {"critical", LogSeverity::error},
                                                       {"crit", LogSeverity::error},
                                                       {"fatal", LogSeverity::error},
                                                       {"panic", LogSeverity::error},
                                                       {"traceback", LogSeverity::error},
                                                       {"exception", LogSeverity::error},
                                                       {"warning", LogSeverity::warning},
                                                       {"warn", LogSeverity::warning},
                                                       {"info", LogSeverity::info},
                                                       {"debug", LogSeverity::debug},
                                                       {"trace", LogSeverity::debug}}};

}  // namespace

std::string_view to_string(LogSeverity severity) {
  switch (severity) {
    case LogSeverity::error:
      return "error";
    case LogSeverity::warning:
      return "warning";
    case LogSeverity::info:
      return "info";
    case LogSeverity::debug:
      return "debug";
  }
  return "info";
}

LogSeverity severity_of(int priority, std::string_view message) {
  if (priority <= 3) return LogSeverity::error;
  if (priority == 4) return LogSeverity::warning;
  if (priority != default_priority) return priority == 7 ? LogSeverity::debug : LogSeverity::info;
  auto head = message.substr(0, severity_within);
  while (!head.empty()) {
    head.remove_prefix(span(head, [](char c) { return !is_letter(c); }));
    std::string word(head.substr(0, span(head, is_letter)));
    head.remove_prefix(word.size());
    std::transform(word.begin(), word.end(), word.begin(), lower);
    for (const auto& known : severity_words)
      if (word == known.word) return known.severity;
  }
  return LogSeverity::info;
}

std::string pattern_of(std::string_view message) {
  std::string out;
  char before = ' ';
  while (!message.empty() && out.size() < longest_pattern) {
    const char c = message.front();
    const bool starts_word = !is_letter(before) && !is_digit(before);
    if (const auto [length, name] = variable_part(message); starts_word && length > 0) {
      out += name;
      before = message[length - 1];
      message.remove_prefix(length);
      continue;
    }
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
    before = c;
    message.remove_prefix(1);
  }
  if (!message.empty()) out += "…";
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace wx
