// What a source tells: under which names it is stored, how its records say the time, which fields they have.
// Constant data that live as long as the program.
#pragma once

#include <span>
#include <string_view>

#include "collector/domain/fields.hpp"
#include "common/ports/clock.hpp"

namespace wx::collector {

// Observations and model values are never mixed: they differ, and so do the tables of their codes.
namespace measurement {
inline constexpr std::string_view observed = "weather_observation";
inline constexpr std::string_view analysed = "weather_analysis";
inline constexpr std::string_view foretold = "weather_forecast";
}  // namespace measurement

enum class TimeForm {
  rfc3339,  // text with a zone; seconds may be missing
  unix_seconds,
};

struct Product {
  std::string_view source;       // the tag of that name
  std::string_view measurement;  // of what is about times up to now
  std::string_view ahead;        // of what is about later ones
  std::string_view time_key;
  TimeForm time_form;
  // How far from now a time may lie and still be meant.
  Micros past;
  Micros future;
  std::span<const FieldRule> fields;
};

}  // namespace wx::collector
