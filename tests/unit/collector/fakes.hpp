// Small worlds for the collector's tests: a clock that is told the time, servers and stores with memory.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collector/sources/source.hpp"
#include "common/ports/bucket_store.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/http.hpp"
#include "common/ports/log.hpp"

namespace wx::collector::testing {

inline WallTime noon() {
  return WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + std::chrono::hours(12));
}

class FakeClock final : public Clock {
 public:
  WallTime now() override { return noon() + passed; }
  Micros monotonic() override { return passed; }
  void sleep(Micros duration) override { passed += duration; }
  Micros passed{};
};

class FakeLog final : public Log {
 public:
  void write(LogLevel, const std::string& message,
             const std::vector<std::pair<std::string, std::string>>& fields) override {
    text += message + "\n";
    for (const auto& [name, value] : fields) text += name + "=" + value + "\n";
  }
  std::string text;
};

// Answers in the order they were given; the last one for ever.
class FakeHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest& request) override {
    requests.push_back(request);
    if (answers.empty()) return Error{Code::unavailable, "no answer prepared"};
    auto answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }
  void answer(long status, std::string body, std::optional<std::int64_t> retry_after = {}) {
    answers.emplace_back(HttpResponse{status, "application/json", std::move(body), retry_after, "", {}});
  }
  std::deque<Result<HttpResponse>> answers;
  std::vector<HttpRequest> requests;
};

class FakeSource final : public Source {
 public:
  Result<std::vector<Harvest>> fetch() override { return result; }
  Result<std::vector<Harvest>> result = std::vector<Harvest>{};
};

class MemoryStore final : public BucketStore {
 public:
  using Key = std::pair<std::int64_t, std::string>;
  using Buckets = std::map<std::string, std::map<Key, Point>>;

  // What the store holds outlives the object that a use case opens.
  explicit MemoryStore(Buckets& buckets) : buckets_(buckets) {}

  Status write(const std::string& bucket, const std::vector<Point>& points) override {
    for (const auto& point : points) {
      auto& stored = buckets_[bucket][Key{point.time_ns, point.tags}];
      auto fields = stored.fields;
      for (const auto& [name, value] : point.fields) fields.insert_or_assign(name, value);
      stored = point;
      stored.fields = std::move(fields);
    }
    return {};
  }
  Result<std::uint64_t> count(const std::string& bucket, const std::string&, std::int64_t,
                              std::int64_t) override {
    return std::uint64_t{buckets_[bucket].size()};
  }
  Result<std::vector<Point>> read(const std::string& bucket, const std::string&, std::int64_t from_ns,
                                  std::int64_t to_ns, std::size_t limit) override {
    std::vector<Point> points;
    for (const auto& [key, point] : buckets_[bucket]) {
      if (key.first >= from_ns && key.first < to_ns && points.size() < limit) points.push_back(point);
    }
    return points;
  }
  Result<std::vector<BucketSummary>> summary() override { return std::vector<BucketSummary>{}; }
  Status check_writable() override { return {}; }
  Status remove_bucket(const std::string& bucket) override {
    buckets_.erase(bucket);
    return {};
  }

 private:
  Buckets& buckets_;
};

}  // namespace wx::collector::testing
