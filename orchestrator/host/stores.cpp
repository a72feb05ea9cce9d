#include "orchestrator/host/stores.hpp"

#include "common/store/influx_bucket.hpp"
#include "common/store/sqlite_bucket.hpp"

namespace wx {
namespace {

class AllStores final : public BucketStores {
 public:
  AllStores(FileSystem& files, Http& http) : files_(files), http_(http) {}

  Result<std::unique_ptr<BucketStore>> open(const StoreAddress& address) override {
    if (address.kind == "sqlite") return open_sqlite_bucket(address.path);
    InfluxToken token{{}, "the token in " + address.token_file};
    if (!address.token_file.empty()) {
      WX_LET(token.secret, read_token_file(files_, address.token_file));
    }
    if (address.kind == "influxdb1") return open_influx1_bucket(http_, address.url, token);
    if (address.kind == "influxdb2") return open_influx2_bucket(http_, address.url, address.org, token);
    return Error{Code::bug, "a store of kind \"" + address.kind + "\""};
  }
  Status create(const std::string& path) override { return create_sqlite_bucket(path); }
  Result<std::vector<BucketSummary>> summary(const std::string& path) override {
    return summarize_sqlite_bucket(path);
  }

 private:
  FileSystem& files_;
  Http& http_;
};

}  // namespace

std::unique_ptr<BucketStores> make_bucket_stores(FileSystem& files, Http& http) {
  return std::make_unique<AllStores>(files, http);
}

}  // namespace wx
