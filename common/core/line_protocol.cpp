#include "common/core/line_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/core/text.hpp"

namespace wx {
namespace {

constexpr std::string_view name_specials = ", =";
constexpr std::string_view measurement_specials = ", ";
constexpr std::string_view line_ends = "\r\n";

std::string escaped(std::string_view text, std::string_view specials) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (specials.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '\\' && i + 1 < text.size() && name_specials.find(text[i + 1]) != std::string_view::npos;
    if (escape) ++i;
    out += text[i];
  }
  return out;
}

// The position of the first `mark` that is not escaped; the end without one.
std::size_t find_plain(std::string_view text, char mark) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == mark)
      return i;
  }
  return text.size();
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  out.append(buffer.data(), end);
}

struct AppendValue {
  std::string& out;
  void operator()(double value) const { append_number(out, value); }
  void operator()(std::int64_t value) const {
    append_number(out, value);
    out += 'i';
  }
  void operator()(const std::string& value) const { out += '"' + escaped(value, "\"\\") + '"'; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
};

Status check(const Point& point) {
  const auto refuse = [&](const std::string& why) {
    return Error{Code::invalid,
                 "the point \"" + printable(point.measurement, 80) + "\" at " +
                     std::to_string(point.time_ns) + " cannot be written as line protocol: " + why,
                 "correct the program that makes the point"};
  };
  if (point.measurement.empty()) return refuse("it has no measurement");
  if (point.fields.empty()) return refuse("it has no field");
  if ((point.measurement + point.tags).find_first_of(line_ends) != std::string::npos)
    return refuse("there is a line end in its measurement or tags");
  for (const auto& [name, value] : point.fields) {
    if (name.empty() || name.find_first_of(line_ends) != std::string::npos)
      return refuse("\"" + printable(name, 80) + "\" is no name of a field");
    const auto* number = std::get_if<double>(&value);
    if (number != nullptr && !std::isfinite(*number))
      return refuse("field \"" + printable(name, 80) + "\" is no finite number");
  }
  return {};
}

}  // namespace

Status append_line(std::string& out, const Point& point) {
  WX_TRY(check(point));
  out += escaped(point.measurement, measurement_specials);
  if (!point.tags.empty()) out += ',' + point.tags;
  char separator = ' ';
  for (const auto& [name, value] : point.fields) {
    out += separator + escaped(name, name_specials) + '=';
    std::visit(AppendValue{out}, value);
    separator = ',';
  }
  out += ' ';
  append_number(out, point.time_ns);
  out += '\n';
  return {};
}

std::string join_tags(Tags tags) {
  std::sort(tags.begin(), tags.end());
  std::string out;
  for (const auto& [key, value] : tags) {
    if (value.empty()) continue;
    if (!out.empty()) out += ',';
    out += escaped(key, name_specials) + '=' + escaped(value, name_specials);
  }
  return out;
}

Tags split_tags(std::string_view text) {
  Tags tags;
  while (!text.empty()) {
    const auto pair = text.substr(0, find_plain(text, ','));
    const auto equals = find_plain(pair, '=');
    tags.emplace_back(unescaped(pair.substr(0, equals)),
                      equals < pair.size() ? unescaped(pair.substr(equals + 1)) : std::string{});
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
  }
  return tags;
}

SeriesName split_series(std::string_view key) {
  const auto comma = find_plain(key, ',');
  SeriesName name{unescaped(key.substr(0, comma)), {}};
  if (comma < key.size()) name.tags = key.substr(comma + 1);
  return name;
}

}  // namespace wx
