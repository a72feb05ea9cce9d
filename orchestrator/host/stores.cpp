#include "orchestrator/host/stores.hpp"

#include "common/store/sqlite_bucket.hpp"

namespace wx {
namespace {

class AllStores final : public BucketStores {
 public:
  Result<std::unique_ptr<BucketStore>> open(const StoreAddress& address) override {
    if (address.kind == "sqlite") return open_sqlite_bucket(address.path);
    return Error{Code::invalid, "stores of kind " + address.kind + " are not there yet", "use kind: sqlite"};
  }
  Status create(const std::string& path) override { return create_sqlite_bucket(path); }
  Result<std::vector<BucketSummary>> summary(const std::string& path) override {
    return summarize_sqlite_bucket(path);
  }
};

}  // namespace

std::unique_ptr<BucketStores> make_bucket_stores() {
  return std::make_unique<AllStores>();
}

}  // namespace wx
