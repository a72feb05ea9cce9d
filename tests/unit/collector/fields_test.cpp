#include "collector/domain/fields.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "collector/sources/met_office.hpp"

namespace wx::collector {
namespace {

const FieldRule& rule(std::string_view name) {
  const auto& rules = land_observations().fields;
  return *std::find_if(rules.begin(), rules.end(), [&](const FieldRule& r) { return r.source == name; });
}

struct Case {
  std::string_view field;
  RawValue value;
  std::string outcome;  // the value as text, "absent" or the reason
};

std::string told(const Judged& judged) {
  if (std::holds_alternative<Absent>(judged)) return "absent";
  if (const auto* reason = std::get_if<Reason>(&judged)) return std::string(to_string(*reason));
  const auto& value = std::get<FieldValue>(judged);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::to_string(std::get<double>(value));
}

TEST(Fields, AreJudgedOneByOne) {
  const std::vector<Case> cases{
      {"temperature", 7.9, "7.900000"},
      {"temperature", -12.5, "-12.500000"},
      {"temperature", std::string("-12.5"), "-12.500000"},
      {"temperature", std::string(" +3 "), "3.000000"},
      {"temperature", std::monostate{}, "absent"},
      {"temperature", std::string(""), "absent"},
      {"temperature", 80.0, "out_of_range"},
      {"temperature", true, "wrong_type"},
      {"temperature", Unusable{}, "wrong_type"},
      {"temperature", std::string("cold"), "not_a_number"},
      {"temperature", std::string("nan"), "not_a_number"},
      {"temperature", std::numeric_limits<double>::infinity(), "not_a_number"},
      {"mslp", 1009.0, "1009.000000"},
      {"mslp", 100910.0, "out_of_range"},
      {"humidity", 100.0, "100.000000"},
      {"humidity", 100.5, "out_of_range"},
      {"weather_code", -1.0, "-1.000000"},
      {"weather_code", 30.0, "30.000000"},
      {"weather_code", 31.0, "out_of_range"},
      {"weather_code", 7.5, "unknown_value"},
      {"weather_code", std::string("NA"), "absent"},
      {"weather_code", std::string("NR"), "absent"},
      {"weather_code", std::string("7"), "7.000000"},
      {"wind_direction", std::string("ssw"), "SSW"},
      {"wind_direction", std::string("SWW"), "WSW"},
      {"wind_direction", std::string("NEE"), "ENE"},
      {"wind_direction", std::string("UP"), "unknown_value"},
      {"wind_direction", 203.0, "wrong_type"},
      {"pressure_tendency", std::string("F"), "F"},
      {"pressure_tendency", std::string("Z"), "unknown_value"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(told(judge_field(rule(c.field), c.value, true)), c.outcome)
        << c.field << " #" << (&c - cases.data());
  }
}

TEST(Fields, WithoutRangesAreJudgedByTypeOnly) {
  EXPECT_EQ(told(judge_field(rule("temperature"), 80.0, false)), "80.000000");
  EXPECT_EQ(told(judge_field(rule("wind_direction"), std::string("up"), false)), "UP");
  EXPECT_EQ(told(judge_field(rule("temperature"), true, false)), "wrong_type");
}

}  // namespace
}  // namespace wx::collector
