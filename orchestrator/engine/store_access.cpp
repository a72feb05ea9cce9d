#include "orchestrator/engine/store_access.hpp"

#include <utility>

namespace wx {

namespace {

std::string below_data(const Layout& layout, const std::string& path) {
  return path.empty() || path.starts_with('/') ? path : layout.data + "/" + path;
}

}  // namespace

std::string store_path(const Layout& layout, const StoreSpec& store) {
  return below_data(layout, store.path);
}

std::string store_name(const Layout& layout, const StoreSpec& store, BucketRole role) {
  return store.kind == "sqlite" ? store_path(layout, store) : store.of(role).url;
}

StoreAddress store_address(const Layout& layout, const StoreSpec& store, BucketRole role) {
  const BucketSpec& bucket = store.of(role);
  return {store.kind,     store.kind == "sqlite" ? store_path(layout, store) : std::string{},
          bucket.url,     bucket.org,
          below_data(layout, bucket.token_file)};
}

Result<OpenBucket> open_bucket(Ports& ports, const Layout& layout, const StoreSpec& store, BucketRole role) {
  WX_LET(auto opened, ports.stores.open(store_address(layout, store, role)));
  return OpenBucket{std::move(opened), store.of(role).bucket, store.measurement};
}

Status check_store(Ports& ports, const Layout& layout, const StoreSpec& store) {
  for (const BucketRole role : {BucketRole::main, BucketRole::candidate}) {
    WX_LET(const OpenBucket bucket, open_bucket(ports, layout, store, role));
    WX_TRY(bucket.store->check_writable(bucket.bucket));
  }
  return {};
}

}  // namespace wx
