// Bucket stores in memory. What is written is durable at once, as a committed transaction is. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "common/ports/bucket_store.hpp"

namespace wx::testkit {

class MemoryStores final : public BucketStores {
 public:
  using Key = std::tuple<std::string, std::string, std::int64_t>;  // measurement, tags, time
  using Bucket = std::map<Key, Point>;
  using File = std::map<std::string, Bucket>;

  Result<std::unique_ptr<BucketStore>> open(const StoreAddress& address) override;
  Status create(const std::string& path) override;
  Result<std::vector<BucketSummary>> summary(const std::string& path) override;

  // The points of a bucket; empty when there is no such file or bucket.
  [[nodiscard]] Bucket points(const std::string& path, const std::string& bucket) const;
  void remove(const std::string& path) { files_.erase(path); }

 private:
  std::map<std::string, File> files_;
};

// The buckets of `file`, which must outlive the store.
std::unique_ptr<BucketStore> make_memory_store(MemoryStores::File& file);

}  // namespace wx::testkit
