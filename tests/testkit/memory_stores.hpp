// Bucket stores in memory. What is written is durable at once, as a committed transaction is. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "common/core/effect.hpp"
#include "common/ports/bucket_store.hpp"

namespace wx::testkit {

class MemoryStores final : public BucketStores {
 public:
  using Key = std::tuple<std::string, std::string, std::int64_t>;  // measurement, tags, time
  using Bucket = std::map<Key, Point>;
  using File = std::map<std::string, Bucket>;

  Status create(const std::string& path) override;
  Result<std::unique_ptr<BucketStore>> open(const std::string& path) override;

  // The points of a bucket; empty when there is no such file or bucket.
  [[nodiscard]] Bucket points(const std::string& path, const std::string& bucket) const;

 private:
  std::map<std::string, File> files_;
};

// Making a store is an effect ("store.create").
class ObservedStores final : public BucketStores {
 public:
  // Both must outlive this object.
  ObservedStores(BucketStores& stores, EffectObserver& observer) : stores_(stores), observer_(observer) {}

  Status create(const std::string& path) override {
    return observed(observer_, {"store.create", path}, [&] { return stores_.create(path); });
  }
  Result<std::unique_ptr<BucketStore>> open(const std::string& path) override { return stores_.open(path); }

 private:
  BucketStores& stores_;
  EffectObserver& observer_;
};

}  // namespace wx::testkit
