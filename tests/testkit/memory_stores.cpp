#include "tests/testkit/memory_stores.hpp"

#include <algorithm>
#include <set>

namespace wx::testkit {

namespace {

bool within(const PointRange& range, const Point& point) {
  return (range.measurement.empty() || point.measurement == range.measurement) &&
         point.time_ns >= range.from_ns && point.time_ns < range.to_ns;
}

MemoryStores::Key key_of(const Point& point) {
  return {point.measurement, point.tags, point.time_ns};
}

// The points as they were when it began.
class MemoryStream final : public PointStream {
 public:
  explicit MemoryStream(std::vector<Point> points) : points_(std::move(points)) {}
  Result<bool> next(Point& point) override {
    if (at_ == points_.size()) return false;
    point = points_[at_++];
    return true;
  }

 private:
  std::vector<Point> points_;
  std::size_t at_ = 0;
};

class MemoryStore final : public BucketStore {
 public:
  explicit MemoryStore(MemoryStores::File& file) : file_(file) {}

  Result<std::unique_ptr<PointStream>> stream(const PointRange& range) override {
    std::vector<Point> points;
    if (const auto bucket = file_.find(range.bucket); bucket != file_.end())
      for (const auto& [key, point] : bucket->second)
        if (within(range, point)) points.push_back(point);
    return std::unique_ptr<PointStream>(std::make_unique<MemoryStream>(std::move(points)));
  }
  Result<std::uint64_t> count(const PointRange& range) override {
    const auto bucket = file_.find(range.bucket);
    if (bucket == file_.end()) return std::uint64_t{0};
    return static_cast<std::uint64_t>(
        std::count_if(bucket->second.begin(), bucket->second.end(),
                      [&](const auto& entry) { return within(range, entry.second); }));
  }
  Status write(const std::string& bucket, const std::vector<Point>& points) override {
    for (const auto& point : points) {
      Point& stored = file_[bucket][key_of(point)];
      auto fields = std::move(stored.fields);
      stored = point;
      stored.fields.merge(fields);
    }
    return {};
  }
  Result<std::uint64_t> add(const std::string& bucket, const std::vector<Point>& points) override {
    std::uint64_t added = 0;
    for (const auto& point : points)
      if (file_[bucket].emplace(key_of(point), point).second) ++added;
    return added;
  }
  Status check_writable(const std::string&) override { return {}; }
  Status remove_points(const std::string& bucket) override {
    file_.erase(bucket);
    return {};
  }

 private:
  MemoryStores::File& file_;
};

Error no_store(const std::string& path) {
  return {Code::not_found, "there is no store " + path, "make it first"};
}

}  // namespace

std::unique_ptr<BucketStore> make_memory_store(MemoryStores::File& file) {
  return std::make_unique<MemoryStore>(file);
}

Status MemoryStores::create(const std::string& path) {
  files_.try_emplace(path);
  return {};
}

Result<std::unique_ptr<BucketStore>> MemoryStores::open(const StoreAddress& address) {
  const auto found = files_.find(address.path);
  if (found == files_.end()) return no_store(address.path);
  return make_memory_store(found->second);
}

Result<std::vector<BucketSummary>> MemoryStores::summary(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return no_store(path);
  std::vector<BucketSummary> out;
  for (const auto& [name, bucket] : found->second) {
    std::set<std::pair<std::string, std::string>> series;
    BucketSummary summary{name, 0, bucket.size(), {}, {}};
    for (const auto& [key, point] : bucket) {
      series.emplace(point.measurement, point.tags);
      summary.first_ns = std::min(summary.first_ns.value_or(point.time_ns), point.time_ns);
      summary.last_ns = std::max(summary.last_ns.value_or(point.time_ns), point.time_ns);
    }
    summary.series = series.size();
    out.push_back(summary);
  }
  return out;
}

MemoryStores::Bucket MemoryStores::points(const std::string& path, const std::string& bucket) const {
  const auto file = files_.find(path);
  if (file == files_.end()) return {};
  const auto found = file->second.find(bucket);
  return found == file->second.end() ? Bucket{} : found->second;
}

}  // namespace wx::testkit
