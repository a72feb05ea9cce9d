#include "collector/sources/hostile_samples.hpp"

#include "collector/sources/records.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;

std::string list(const std::string& records) {
  return "[" + records + "]";
}

// One observation at a good time with this member in it, beside a good temperature.
std::string with(const std::string& member) {
  return list(R"({"datetime":"2026-01-15T11:00:00Z","temperature":7.9,)" + member + "}");
}

// One observation with this time stamp.
std::string at(const std::string& time) {
  return list(R"({"datetime":)" + time + R"(,"temperature":7.9})");
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::vector<HostileSample> make_samples() {
  const std::string whole = at(R"("2026-01-15T11:00:00Z")");
  return {
      {"control: a whole observation",
       with(R"("humidity":88,"mslp":1009,"pressure_tendency":"F","visibility":21000,"weather_code":7,)"
            R"("wind_direction":"SSW","wind_gust":12.35,"wind_speed":6.17)"),
       "accepted"},
      {"control: numbers as text, codes that mean absent, nulls, unknown keys",
       with(R"("humidity":"88","weather_code":"NA","mslp":null,"new_key":{"a":[1]})"), "accepted"},

      {"time missing", list(R"({"temperature":7.9})"), "no_time"},
      {"time null", at("null"), "no_time"},
      {"time as a number", at("1768474800"), "bad_time"},
      {"time without zone", at(R"("2026-01-15T11:00:00")"), "bad_time"},
      {"time with impossible day", at(R"("2026-02-30T11:00:00Z")"), "bad_time"},
      {"time in words", at(R"("yesterday")"), "bad_time"},
      {"time an hour ahead", at(R"("2026-01-15T13:00:00Z")"), "future_time"},
      {"time of another century", at(R"("2126-01-15T11:00:00Z")"), "future_time"},
      {"time of the epoch", at(R"("1970-01-01T00:00:00Z")"), "too_old"},
      {"time of last year", at(R"("2025-01-15T11:00:00Z")"), "too_old"},
      {"one hour twice",
       list(
           R"({"datetime":"2026-01-15T11:00:00Z","temperature":7.9},{"datetime":"2026-01-15T11:00:00+00:00","temperature":8})"),
       "duplicate"},
      {"all fields null", list(R"({"datetime":"2026-01-15T11:00:00Z","temperature":null})"), "no_fields"},
      {"an empty object", list("{}"), "no_time"},

      {"temperature of a star", with(R"("temperature":5778)"), "no_fields+out_of_range"},
      {"temperature in kelvin", with(R"("temperature":281.05)"), "no_fields+out_of_range"},
      {"temperature below zero kelvin", with(R"("temperature":-300)"), "no_fields+out_of_range"},
      {"humidity above 100", with(R"("humidity":101)"), "out_of_range"},
      {"humidity below 0", with(R"("humidity":-0.5)"), "out_of_range"},
      {"pressure in pascals", with(R"("mslp":100910)"), "out_of_range"},
      {"pressure zero", with(R"("mslp":0)"), "out_of_range"},
      {"visibility beyond the horizon", with(R"("visibility":1e9)"), "out_of_range"},
      {"wind backwards", with(R"("wind_speed":-1)"), "out_of_range"},
      {"gust of a bomb", with(R"("wind_gust":400)"), "out_of_range"},
      {"weather code unknown", with(R"("weather_code":31)"), "out_of_range"},
      {"weather code fractional", with(R"("weather_code":7.5)"), "unknown_value"},
      {"direction unknown", with(R"("wind_direction":"UP")"), "unknown_value"},
      {"direction with line protocol in it", with(R"("wind_direction":"N\" 1\nevil f=1")"), "unknown_value"},
      {"direction as a number", with(R"("wind_direction":203)"), "wrong_type"},
      {"tendency unknown", with(R"("pressure_tendency":"Q")"), "unknown_value"},
      {"number as a list", with(R"("humidity":[88])"), "wrong_type"},
      {"number as an object", with(R"("humidity":{"value":88})"), "wrong_type"},
      {"number as a boolean", with(R"("humidity":true)"), "wrong_type"},
      {"number as words", with(R"("humidity":"wet")"), "not_a_number"},
      {"number with a unit", with(R"("humidity":"88%")"), "not_a_number"},
      {"NaN as text", with(R"("humidity":"NaN")"), "not_a_number"},
      {"infinity as text", with(R"("wind_speed":"inf")"), "not_a_number"},
      {"number beyond double as text", with(R"("wind_speed":"1e400")"), "not_a_number"},
      {"text of 10,000 bytes", with(R"("humidity":")" + std::string(10'000, '8') + "\""), "wrong_type"},

      {"nothing", "", "malformed"},
      {"a web page", "<!DOCTYPE html><html><body>Log in</body></html>", "malformed"},
      {"an object instead of a list", R"({"datetime":"2026-01-15T11:00:00Z","temperature":7.9})",
       "malformed"},
      {"a list of numbers", "[1,2,3]", "malformed"},
      {"a list of lists", "[[1]]", "malformed"},
      {"cut in the middle", whole.substr(0, whole.size() / 2), "malformed"},
      {"cut before the last bracket", whole.substr(0, whole.size() - 1), "malformed"},
      {"an error text after the list", whole + "Unexpected error while streaming data", "malformed"},
      {"two lists", whole + whole, "malformed"},
      {"bare NaN", with(R"("humidity":NaN)"), "malformed"},
      {"number beyond double", with(R"("wind_speed":1e400)"), "malformed"},
      {"invalid UTF-8", with("\"pressure_tendency\":\"\xff\xfe\""), "malformed"},
      {"nesting without end", with(R"("humidity":)" + repeated("[", 100'000)), "malformed"},
      {"records without end", list(repeated("{},", max_records + 1) + "{}"), "malformed"},
      {"keys without end",
       list("{" +
            [] {
              std::string members;
              for (std::size_t i = 0; i <= max_keys; ++i) members += "\"k" + std::to_string(i) + "\":1,";
              return members;
            }() +
            R"("datetime":"2026-01-15T11:00:00Z"})"),
       "malformed"},
  };
}

}  // namespace

WallTime hostile_samples_now() {
  return WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + 12h);
}

const std::vector<HostileSample>& hostile_samples() {
  static const std::vector<HostileSample> samples = make_samples();
  return samples;
}

}  // namespace wx::collector
