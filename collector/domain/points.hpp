// Observations as points of a bucket, and what a bucket lacks of them. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/domain/observation.hpp"
#include "common/ports/bucket_store.hpp"

namespace wx::collector {

// `location=<name>,source=<source>`, with the escaping of the line protocol.
std::string tags_of(const Location& location, const Product& product);
// `now` decides what is told of the past and what is foretold.
std::vector<Point> to_points(const Location& location, const Product& product,
                             const std::vector<Observation>& told, WallTime now);

struct Changes {
  std::vector<Point> due;  // new ones and those with a field that is missing or differs, whole
  std::uint64_t fresh = 0;
  std::uint64_t changed = 0;
  std::uint64_t unchanged = 0;
};

// Compares with what the bucket holds. A field that only the bucket has is no change: the source may drop
// fields of old hours.
Changes changes(const std::vector<Point>& stored, std::vector<Point> fetched);

// One point for each series and time, in the order of their first; of a field that several have, the last
// counts.
std::vector<Point> merged(std::vector<Point> points);
// Those of `points` that `others` have too, whatever they say.
std::vector<Point> shared(std::vector<Point> points, const std::vector<Point>& others);
// `points` as `latest` has them, where it does.
std::vector<Point> replaced(std::vector<Point> points, const std::vector<Point>& latest);
// What `points` say beyond `newer`: without the fields that it has, and without points that have no others.
std::vector<Point> beyond(std::vector<Point> points, const std::vector<Point>& newer);

}  // namespace wx::collector
