// From the manifest's `store` to buckets that can be asked.
#pragma once

#include <memory>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/domain/store_spec.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// Absolute path of an embedded store.
std::string store_path(const Layout& layout, const StoreSpec& store);
// What a program is told as ${store}: path or URL.
std::string store_name(const Layout& layout, const StoreSpec& store, BucketRole role);
StoreAddress store_address(const Layout& layout, const StoreSpec& store, BucketRole role);

struct OpenBucket {
  std::unique_ptr<BucketStore> store;
  std::string bucket;
  std::string measurement;  // empty: all

  [[nodiscard]] PointRange range(std::int64_t from_ns, std::int64_t to_ns) const {
    return {bucket, measurement, from_ns, to_ns};
  }
  // All of its points, whatever their measurement.
  [[nodiscard]] PointRange everything() const { return {.bucket = bucket}; }
};

Result<OpenBucket> open_bucket(Ports& ports, const Layout& layout, const StoreSpec& store, BucketRole role);
// Both buckets can be reached, and written to; the first error otherwise.
Status check_store(Ports& ports, const Layout& layout, const StoreSpec& store);

}  // namespace wx
