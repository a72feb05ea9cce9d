// Bucket stores whose effects are observed: reading is forwarded; making a file and changing a bucket are
// Effects of kind "store.<call>". As thread-safe as what it wraps and its observer.
#pragma once

#include "common/core/effect.hpp"
#include "common/ports/bucket_store.hpp"

namespace wx {

class ObservedStores final : public BucketStores {
 public:
  // Both must outlive this object and the stores that it opens.
  ObservedStores(BucketStores& stores, EffectObserver& observer) : stores_(stores), observer_(observer) {}

  Result<std::unique_ptr<BucketStore>> open(const StoreAddress& address) override;
  Status create(const std::string& path) override;
  Result<std::vector<BucketSummary>> summary(const std::string& path) override;

 private:
  BucketStores& stores_;
  EffectObserver& observer_;
};

}  // namespace wx
