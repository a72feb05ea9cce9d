// What differs between the versions of InfluxDB; the rest is a store over it. Private to this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/core/line_protocol.hpp"
#include "common/ports/bucket_store.hpp"

namespace wx {

// One series, and which tag keys other series of its measurement have: a query for it must rule those out.
struct InfluxSeries {
  SeriesName name;
  std::shared_ptr<const std::vector<std::string>> tag_keys;
};

// Some points of one series in time order. When `whole`, the range holds no more.
struct InfluxPage {
  std::vector<Point> points;
  bool whole = true;
};

class InfluxDialect {
 public:
  virtual ~InfluxDialect() = default;
  // The series that have or had points in the range, in any order.
  virtual Result<std::vector<SeriesName>> series(const PointRange& range) = 0;
  // The first points of one series in the range: at least one unless there is none.
  virtual Result<InfluxPage> page(const PointRange& range, const InfluxSeries& series) = 0;
  // Distinct points, when the server can count them; nothing when they must be read to be counted.
  virtual Result<std::optional<std::uint64_t>> count(const PointRange& range) = 0;
  // Lines of line protocol, all or an error; `no_space` when they are too many at once.
  virtual Status write(const std::string& bucket, const std::string& lines) = 0;
  virtual Status check_writable(const std::string& bucket) = 0;
  virtual Status remove_points(const std::string& bucket) = 0;
};

// Points of one answer of a server.
inline constexpr std::size_t influx_page = 5000;
// What an InfluxDB can keep, both inclusive.
inline constexpr std::int64_t influx_first_ns = -9223372036854775806;
inline constexpr std::int64_t influx_last_ns = 9223372036854775806;

std::unique_ptr<BucketStore> make_influx_store(std::shared_ptr<InfluxDialect> dialect);

}  // namespace wx
