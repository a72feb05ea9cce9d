// The [Timer] section of a unit file: what it says about when. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/domain/manifest.hpp"

namespace wx {

// What the value of a [Timer] directive says.
enum class TimerValue {
  calendar,  // times of the calendar
  repeated,  // a time span after each run or each start
  once,      // a time span after something that happens once
  span,      // a time span, but nothing about when
  other
};
TimerValue timer_value(std::string_view directive);

// The names of systemd.timer(5).
const std::vector<std::string>& timer_directive_names();

// The directives of the [Timer] section of a unit file, with their places; lines that end in a backslash go
// on in the next.
std::vector<UnitDirective> timer_directives(const std::string& file, std::string_view text);

// Those that say when, without what an empty value takes back.
std::vector<UnitDirective> times_of(const std::vector<UnitDirective>& directives);

}  // namespace wx
