// Where points live: an SQLite file (format 1), InfluxDB 1.x or 2.x. One thread at a time per object.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/core/point.hpp"
#include "common/core/result.hpp"

namespace wx {

// Points of one bucket with from_ns <= time < to_ns; of all measurements when `measurement` is empty.
struct PointRange {
  std::string bucket;
  std::string measurement = {};
  std::int64_t from_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t to_ns = std::numeric_limits<std::int64_t>::max();
};

// Points one after the other, in the order of comes_before(); what it holds in memory does not grow with
// their number. It lives on its own: writing to the store meanwhile is fine, and may or may not be seen.
class PointStream {
 public:
  virtual ~PointStream() = default;
  // The next point in `point`, or false at the end. After an error the stream is of no use.
  virtual Result<bool> next(Point& point) = 0;
};

class BucketStore {
 public:
  virtual ~BucketStore() = default;
  // `not_found` when there is no such bucket (an embedded one exists as soon as something is written to it).
  virtual Result<std::unique_ptr<PointStream>> stream(const PointRange& range) = 0;
  // Distinct points, counted by the database where it can.
  virtual Result<std::uint64_t> count(const PointRange& range) = 0;
  // All points or, where batches are limited, the first of them; a point that is there already is replaced
  // field by field. `refused` when the store will never take some of them: others may be written.
  virtual Status write(const std::string& bucket, const std::vector<Point>& points) = 0;
  // Write those points that the bucket lacks; the others stay as they are. Answers how many were written.
  virtual Result<std::uint64_t> add(const std::string& bucket, const std::vector<Point>& points) = 0;
  // Prove that writing to the bucket works and is allowed, without leaving anything behind.
  virtual Status check_writable(const std::string& bucket) = 0;
  // Remove every point of the bucket. Not at once: what is left after a failure is removed by the next call.
  virtual Status remove_points(const std::string& bucket) = 0;
};

// How to get at a store.
struct StoreAddress {
  std::string kind = "sqlite";  // sqlite, influxdb1, influxdb2
  std::string path = {};        // sqlite: absolute
  std::string url = {};         // of an InfluxDB, such as http://127.0.0.1:8086
  std::string org = {};         // influxdb2
  std::string token_file = {};  // absolute, 0600; empty: none is needed

  bool operator==(const StoreAddress&) const = default;
};

struct BucketSummary {
  std::string bucket;
  std::uint64_t series = 0;
  std::uint64_t points = 0;
  std::optional<std::int64_t> first_ns;
  std::optional<std::int64_t> last_ns;
};

// How stores come into being.
class BucketStores {
 public:
  virtual ~BucketStores() = default;
  // `not_found` when a file is absent, `permission` when a token may not be used; a server is asked only by
  // what is done with the store.
  virtual Result<std::unique_ptr<BucketStore>> open(const StoreAddress& address) = 0;
  // Make an embedded bucket file when it is absent; fine when it is there. An effect.
  virtual Status create(const std::string& path) = 0;
  // The buckets of an embedded file, by name.
  virtual Result<std::vector<BucketSummary>> summary(const std::string& path) = 0;
};

// At most `limit` points of a range, in the order of the stream.
inline Result<std::vector<Point>> read_points(BucketStore& store, const PointRange& range,
                                              std::size_t limit) {
  WX_LET(const auto stream, store.stream(range));
  std::vector<Point> points;
  Point point;
  while (points.size() < limit) {
    WX_LET(const bool more, stream->next(point));
    if (!more) break;
    points.push_back(point);
  }
  return points;
}

}  // namespace wx
