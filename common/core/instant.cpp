#include "common/core/instant.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "common/core/text.hpp"

namespace wx {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::month;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

// RFC 3339 has four digits for the year.
constexpr WallTime first_instant = sys_days{year{0} / 1 / 1};
constexpr WallTime last_instant = sys_days{year{10000} / 1 / 1} - Micros{1};
constexpr std::size_t longest_instant = 64;

struct Civil {
  int year;
  unsigned month;
  unsigned day;
  int hour;
  int minute;
  int second;
  int millisecond;
};

Civil to_civil(WallTime time) {
  const auto bounded = std::clamp(time, first_instant, last_instant);
  const auto midnight = floor<days>(bounded);
  const year_month_day date{midnight};
  const auto of_day = floor<Millis>(bounded - midnight).count();
  return {static_cast<int>(date.year()),          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),      static_cast<int>(of_day / 3'600'000),
          static_cast<int>(of_day / 60'000 % 60), static_cast<int>(of_day / 1'000 % 60),
          static_cast<int>(of_day % 1'000)};
}

// A cursor over the text: each step says whether what it wanted was there.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool number(std::size_t digits, int& value) {
    if (rest_.size() < digits) return false;
    value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!next_is_digit()) return false;
      value = value * 10 + take_digit();
    }
    return true;
  }
  bool one_of(std::string_view characters, char& found) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    found = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  bool literal(char c) {
    char ignored = 0;
    return one_of({&c, 1}, ignored);
  }
  // The digits of a fraction; what is finer than a nanosecond is cut off.
  bool fraction(nanoseconds& value) {
    if (!next_is_digit()) return false;
    value = nanoseconds{0};
    for (std::int64_t worth = 100'000'000; next_is_digit(); worth /= 10)
      value += nanoseconds{worth * take_digit()};
    return true;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  [[nodiscard]] bool next_is_digit() const {
    return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }
  int take_digit() {
    const int digit = rest_.front() - '0';
    rest_.remove_prefix(1);
    return digit;
  }
  std::string_view rest_;
};

std::optional<minutes> read_offset(Reader& reader) {
  char sign = 0;
  if (reader.one_of("Zz", sign)) return minutes{0};
  int hour = 0;
  int minute = 0;
  if (!reader.one_of("+-", sign) || !reader.number(2, hour) || !reader.literal(':') ||
      !reader.number(2, minute) || hour > 23 || minute > 59) {
    return std::nullopt;
  }
  const auto offset = hours{hour} + minutes{minute};
  return sign == '-' ? -offset : offset;
}

struct Instant {
  WallTime second;
  nanoseconds fraction{0};
};

std::optional<Instant> read_instant(std::string_view text) {
  if (text.size() > longest_instant) return std::nullopt;
  Reader reader(text);
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  char separator = 0;
  if (!reader.number(4, y) || !reader.literal('-') || !reader.number(2, mo) || !reader.literal('-') ||
      !reader.number(2, d) || !reader.one_of("Tt", separator) || !reader.number(2, h) ||
      !reader.literal(':') || !reader.number(2, mi) || !reader.literal(':') || !reader.number(2, s)) {
    return std::nullopt;
  }
  nanoseconds fraction{0};
  if (reader.literal('.') && !reader.fraction(fraction)) return std::nullopt;
  const auto offset = read_offset(reader);
  if (!offset || !reader.at_end()) return std::nullopt;

  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || h > 23 || mi > 59 || s > 60) return std::nullopt;
  const auto minute = sys_days{date} + hours{h} + minutes{mi} - *offset;
  if (s == 60) {
    // Leap seconds are inserted at the end of a day in UTC, nowhere else.
    if (minute - floor<days>(minute) != hours{23} + minutes{59}) return std::nullopt;
    s = 59;
  }
  const WallTime second = minute + seconds{s};
  if (second < first_instant || second > last_instant) return std::nullopt;
  return Instant{second, fraction};
}

Error no_instant(std::string_view text) {
  return {Code::invalid, "\"" + printable(text, longest_instant) + "\" is not a point in time",
          "write it as RFC 3339, like 2026-11-24T08:00:00Z"};
}

}  // namespace

std::string format_instant(WallTime time, bool millis) {
  const auto c = to_civil(time);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(),
                millis ? "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ" : "%04d-%02u-%02uT%02d:%02d:%02dZ", c.year,
                c.month, c.day, c.hour, c.minute, c.second, c.millisecond);
  return text.data();
}

std::string format_instant_ns(std::int64_t time_ns) {
  constexpr std::int64_t ns_per_second = 1'000'000'000;
  std::int64_t second = time_ns / ns_per_second;
  std::int64_t fraction = time_ns % ns_per_second;
  if (fraction < 0) {
    fraction += ns_per_second;
    --second;
  }
  std::string text = format_instant(WallTime{seconds{second}});
  if (fraction == 0) return text;
  int digits = 9;
  for (; fraction % 1000 == 0; digits -= 3) fraction /= 1000;
  std::array<char, 16> tail{};
  std::snprintf(tail.data(), tail.size(), ".%0*lldZ", digits, static_cast<long long>(fraction));
  text.pop_back();
  return text + tail.data();
}

Result<WallTime> parse_instant(std::string_view text) {
  if (const auto read = read_instant(text)) return read->second + floor<Micros>(read->fraction);
  return no_instant(text);
}

Result<std::int64_t> parse_instant_ns(std::string_view text) {
  constexpr std::int64_t ns_per_us = 1000;
  const auto read = read_instant(text);
  if (!read) return no_instant(text);
  const std::int64_t us = read->second.time_since_epoch().count();
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(us, ns_per_us, &ns) || __builtin_add_overflow(ns, read->fraction.count(), &ns))
    return no_instant(text);
  return ns;
}

std::string compact_instant(WallTime time) {
  const auto c = to_civil(time);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", c.year, c.month, c.day, c.hour,
                c.minute, c.second);
  return text.data();
}

}  // namespace wx
