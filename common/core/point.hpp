// What programs write: points. Pure data.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <variant>

namespace wx {

// An embedded bucket keeps no booleans: there true reads back as 1.
using FieldValue = std::variant<double, std::int64_t, std::string, bool>;

// A point is a distinct (measurement, tags, time) within a bucket, whatever the number of its fields.
struct Point {
  std::string measurement;
  std::string tags;          // k=v,k2=v2 with sorted keys, line-protocol escaping; may be empty
  std::int64_t time_ns = 0;  // since 1970 UTC
  std::map<std::string, FieldValue> fields;
};

// The order in which stores stream their points: measurement, tags (both bytewise), time.
inline bool comes_before(const Point& a, const Point& b) {
  return std::tie(a.measurement, a.tags, a.time_ns) < std::tie(b.measurement, b.tags, b.time_ns);
}

inline bool same_point(const Point& a, const Point& b) {
  return std::tie(a.time_ns, a.tags, a.measurement) == std::tie(b.time_ns, b.tags, b.measurement);
}

}  // namespace wx
