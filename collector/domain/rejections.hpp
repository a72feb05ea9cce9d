// Why data were refused. A closed list: the reasons are label values of a metric and keys of the JSON report.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace wx::collector {

enum class Reason {
  no_time,        // the record has no time stamp
  bad_time,       // it is no time of the documented form
  future_time,    // further ahead than clocks disagree
  too_old,        // far outside the window that the source serves
  duplicate,      // a second record for the same time; its fields replace those of the first
  no_fields,      // nothing usable is left of the record
  wrong_type,     // a field's value is of another kind than documented
  not_a_number,   // a text that should hold a number and does not, or a number that is not finite
  out_of_range,   // physically impossible
  wrong_unit,     // the answer names another unit than documented
  unknown_value,  // a code or word outside its list
};

std::string_view to_string(Reason reason);
// All reasons, in the order of the enumeration.
const std::map<Reason, std::string_view>& all_reasons();

using Rejections = std::map<Reason, std::uint64_t>;

}  // namespace wx::collector
