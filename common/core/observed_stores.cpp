#include "common/core/observed_stores.hpp"

namespace wx {
namespace {

class ObservedStore final : public BucketStore {
 public:
  ObservedStore(std::unique_ptr<BucketStore> store, EffectObserver& observer)
      : store_(std::move(store)), observer_(observer) {}

  Result<std::unique_ptr<PointStream>> stream(const PointRange& range) override {
    return store_->stream(range);
  }
  Result<std::uint64_t> count(const PointRange& range) override { return store_->count(range); }
  Status write(const std::string& bucket, const std::vector<Point>& points) override {
    return observed(observer_, {"store.write", bucket}, [&] { return store_->write(bucket, points); });
  }
  Result<std::uint64_t> add(const std::string& bucket, const std::vector<Point>& points) override {
    return observed(observer_, {"store.add", bucket}, [&] { return store_->add(bucket, points); });
  }
  Status check_writable(const std::string& bucket) override { return store_->check_writable(bucket); }
  Status remove_points(const std::string& bucket) override {
    return observed(observer_, {"store.remove", bucket}, [&] { return store_->remove_points(bucket); });
  }

 private:
  std::unique_ptr<BucketStore> store_;
  EffectObserver& observer_;
};

}  // namespace

Result<std::unique_ptr<BucketStore>> ObservedStores::open(const StoreAddress& address) {
  WX_LET(auto store, stores_.open(address));
  return std::unique_ptr<BucketStore>(std::make_unique<ObservedStore>(std::move(store), observer_));
}

Status ObservedStores::create(const std::string& path) {
  return observed(observer_, {"store.create", path}, [&] { return stores_.create(path); });
}

Result<std::vector<BucketSummary>> ObservedStores::summary(const std::string& path) {
  return stores_.summary(path);
}

}  // namespace wx
