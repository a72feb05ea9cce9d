// InfluxDB's line protocol, in the one dialect that every server takes. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/point.hpp"
#include "common/core/result.hpp"

namespace wx {

using Tags = std::vector<std::pair<std::string, std::string>>;

// `point` as a line with its newline, time in nanoseconds, behind `out`. `invalid` for what no server takes:
// no field, a number that is not finite, a line end in a name or tag. Nothing is appended then.
Status append_line(std::string& out, const Point& point);

// Tags as a Point has them: sorted by key, escaped; empty values are left out.
std::string join_tags(Tags tags);
// The reverse. A backslash escapes a comma, a space and `=`, and is a character like any other elsewhere.
Tags split_tags(std::string_view text);

struct SeriesName {
  std::string measurement;  // not escaped
  std::string tags;         // escaped, as a Point has them
};
// measurement[,k=v…], as servers list series.
SeriesName split_series(std::string_view key);

}  // namespace wx
