#include "tests/testkit/memory_stores.hpp"

namespace wx::testkit {

namespace {

class MemoryStore final : public BucketStore {
 public:
  explicit MemoryStore(MemoryStores::File& file) : file_(file) {}

  Status write(const std::string& bucket, const std::vector<Point>& points) override {
    for (const auto& point : points) {
      Point& stored = file_[bucket][{point.measurement, point.tags, point.time_ns}];
      auto fields = stored.fields;
      for (const auto& [name, value] : point.fields) fields[name] = value;
      stored = point;
      stored.fields = std::move(fields);
    }
    return {};
  }
  Result<std::uint64_t> count(const std::string& bucket, const std::string& measurement, std::int64_t from_ns,
                              std::int64_t to_ns) override {
    WX_LET(const auto found, read(bucket, measurement, from_ns, to_ns, SIZE_MAX));
    return found.size();
  }
  Result<std::vector<Point>> read(const std::string& bucket, const std::string& measurement,
                                  std::int64_t from_ns, std::int64_t to_ns, std::size_t limit) override {
    std::multimap<std::int64_t, Point> by_time;
    for (const auto& [key, point] : file_[bucket])
      if ((measurement.empty() || point.measurement == measurement) && point.time_ns >= from_ns &&
          point.time_ns < to_ns)
        by_time.emplace(point.time_ns, point);
    std::vector<Point> out;
    for (auto& [time, point] : by_time)
      if (out.size() < limit) out.push_back(std::move(point));
    return out;
  }
  Result<std::vector<BucketSummary>> summary() override {
    std::vector<BucketSummary> out;
    for (const auto& [name, bucket] : file_) out.push_back({name, 1, bucket.size(), {}, {}});
    return out;
  }
  Status check_writable() override { return {}; }
  Status remove_bucket(const std::string& bucket) override {
    file_.erase(bucket);
    return {};
  }

 private:
  MemoryStores::File& file_;
};

}  // namespace

Status MemoryStores::create(const std::string& path) {
  files_.try_emplace(path);
  return {};
}

Result<std::unique_ptr<BucketStore>> MemoryStores::open(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return Error{Code::not_found, "there is no store " + path, "make it first"};
  return std::unique_ptr<BucketStore>(std::make_unique<MemoryStore>(found->second));
}

MemoryStores::Bucket MemoryStores::points(const std::string& path, const std::string& bucket) const {
  const auto file = files_.find(path);
  if (file == files_.end()) return {};
  const auto found = file->second.find(bucket);
  return found == file->second.end() ? Bucket{} : found->second;
}

}  // namespace wx::testkit
