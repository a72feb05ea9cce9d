// The fields of an observation: how the source spells them, how they are stored, what is physically possible.
// Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collector/domain/observation.hpp"
#include "collector/domain/rejections.hpp"

namespace wx::collector {

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
  double least;  // numbers and codes
  double most;
};

const std::vector<FieldRule>& field_rules();

struct Absent {};
using Judged = std::variant<FieldValue, Absent, Reason>;

// Numbers come out as double always, whole ones too: a store fixes a field's type at its first point.
// Without `ranges` only the type is judged.
Judged judge_field(const FieldRule& rule, const RawValue& value, bool ranges);

}  // namespace wx::collector
