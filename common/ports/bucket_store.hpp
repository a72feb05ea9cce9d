// Where points live. SQLite (format 1) implements it; the InfluxDB kinds follow behind the same interface.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/core/result.hpp"

namespace wx {

using FieldValue = std::variant<double, std::int64_t, std::string>;

// A point is a distinct (measurement, tags, time) within a bucket, whatever the number of its fields.
struct Point {
  std::string measurement;
  std::string tags;          // k=v,k2=v2 with sorted keys, line-protocol escaping; may be empty
  std::int64_t time_ns = 0;  // since 1970 UTC
  std::map<std::string, FieldValue> fields;
};

struct BucketSummary {
  std::string bucket;
  std::uint64_t series = 0;
  std::uint64_t points = 0;
  std::optional<std::int64_t> first_ns;
  std::optional<std::int64_t> last_ns;
};

class BucketStore {
 public:
  virtual ~BucketStore() = default;
  // All points in one transaction; a point that is there already is replaced field by field.
  virtual Status write(const std::string& bucket, const std::vector<Point>& points) = 0;
  // Distinct points with from_ns <= time < to_ns; all measurements when `measurement` is empty.
  virtual Result<std::uint64_t> count(const std::string& bucket, const std::string& measurement, std::int64_t from_ns,
                                      std::int64_t to_ns) = 0;
  // Points in time order, at most `limit`.
  virtual Result<std::vector<Point>> read(const std::string& bucket, const std::string& measurement, std::int64_t from_ns,
                                          std::int64_t to_ns, std::size_t limit) = 0;
  virtual Result<std::vector<BucketSummary>> summary() = 0;
  // Prove that writing works without leaving anything behind.
  virtual Status check_writable() = 0;
  virtual Status remove_bucket(const std::string& bucket) = 0;
};

// How stores come into being.
class BucketStores {
 public:
  virtual ~BucketStores() = default;
  // Make an embedded bucket file when it is absent; fine when it is there. An effect.
  virtual Status create(const std::string& path) = 0;
  // not_found when the file is absent.
  virtual Result<std::unique_ptr<BucketStore>> open(const std::string& path) = 0;
};

}  // namespace wx
