// A store that refuses some points for good, as the servers do.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/testkit/memory_stores.hpp"

namespace wx::collector::testing {

struct Refusals {
  // Why a point is refused; nothing for a good one.
  std::function<std::optional<std::string>(const Point&)> reason;
  bool partial = true;   // the good points of a batch are written all the same
  bool counted = false;  // it says how many it dropped
  std::optional<Error> away = {};
  int writes = 0;
};

class RefusingStore final : public BucketStore {
 public:
  RefusingStore(testkit::MemoryStores::File& file, Refusals& refusals)
      : inner_(testkit::make_memory_store(file)), refusals_(refusals) {}

  Status write(const std::string& bucket, const std::vector<Point>& points) override {
    ++refusals_.writes;
    if (refusals_.away) return *refusals_.away;
    std::vector<Point> good;
    std::string why;
    for (const auto& point : points) {
      const auto reason = refusals_.reason ? refusals_.reason(point) : std::nullopt;
      if (!reason) good.push_back(point);
      if (reason && why.empty()) why = *reason;
    }
    if (why.empty() || refusals_.partial) WX_TRY(inner_->write(bucket, good));
    if (why.empty()) return {};
    if (refusals_.counted) why += " dropped=" + std::to_string(points.size() - good.size());
    return Error{Code::refused, why};
  }
  Result<std::unique_ptr<PointStream>> stream(const PointRange& range) override {
    if (refusals_.away) return *refusals_.away;
    return inner_->stream(range);
  }
  Result<std::uint64_t> count(const PointRange& range) override { return inner_->count(range); }
  Result<std::uint64_t> add(const std::string& bucket, const std::vector<Point>& points) override {
    return inner_->add(bucket, points);
  }
  Status check_writable(const std::string& bucket) override { return inner_->check_writable(bucket); }
  Status remove_points(const std::string& bucket) override { return inner_->remove_points(bucket); }

 private:
  std::unique_ptr<BucketStore> inner_;
  Refusals& refusals_;
};

}  // namespace wx::collector::testing
