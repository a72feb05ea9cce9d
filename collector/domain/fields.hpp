// The fields of an observation: how a source spells them, how they are stored, what is physically possible.
// Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "collector/domain/raw.hpp"
#include "collector/domain/rejections.hpp"
#include "common/core/point.hpp"

namespace wx::collector {

// A little outside the world's records, so that only the impossible is refused.
namespace possible {
inline constexpr double coldest = -95, hottest = 65;                     // -89.2 and 56.7 °C measured
inline constexpr double lowest_pressure = 850, highest_pressure = 1100;  // 870 and 1085 hPa measured
inline constexpr double strongest_wind = 115;     // 113 m/s gust measured (Barrow Island, 1996)
inline constexpr double farthest_view = 100'000;  // stations cap at 75 km
inline constexpr double wettest_hour = 500;       // 305 mm measured (Holt, 1947)
}  // namespace possible

enum class FieldKind {
  number,    // a number, or a text that holds one
  code,      // a whole number from a list; "NA" and "NR" mean absent
  compass,   // one of 16 directions
  tendency,  // R, F or S
};

struct FieldRule {
  std::string_view source;  // key in the answer
  std::string_view stored;  // name in the bucket
  FieldKind kind;
  double least;  // numbers and codes, as they are stored
  double most;
  std::string_view unit = {};  // what the answer must say where it names units
  double divisor = 1;          // from the unit of the answer to the one that is stored
};

struct Absent {};
using Judged = std::variant<FieldValue, Absent, Reason>;

// Numbers come out as double always, whole ones too: a store fixes a field's type at its first point.
// Without `ranges` only the type is judged.
Judged judge_field(const FieldRule& rule, const RawValue& value, bool ranges);

}  // namespace wx::collector
