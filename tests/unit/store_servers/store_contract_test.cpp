#include "tests/testkit/store_contract.hpp"

#include "common/store/influx_bucket.hpp"
#include "common/store/sqlite_bucket.hpp"
#include "tests/testkit/memory_stores.hpp"
#include "tests/unit/store_servers/servers.hpp"

namespace wx::testkit {
namespace {

class SqliteWorld final : public StoreWorld {
 public:
  SqliteWorld() {
    EXPECT_TRUE(create_sqlite_bucket(directory_ / "points.db"));
    store_ = open_sqlite_bucket(directory_ / "points.db").value();
  }
  BucketStore& store() override { return *store_; }
  std::string bucket() override { return "main"; }
  std::string other() override { return "other"; }
  bool has_booleans() override { return false; }

 private:
  TempDirectory directory_;
  std::unique_ptr<BucketStore> store_;
};

class MemoryWorld final : public StoreWorld {
 public:
  BucketStore& store() override { return *store_; }
  std::string bucket() override { return "main"; }
  std::string other() override { return "other"; }

 private:
  MemoryStores::File file_;
  std::unique_ptr<BucketStore> store_ = make_memory_store(file_);
};

class Influx1World final : public StoreWorld {
 public:
  Influx1World() {
    if (!missing().empty()) return;
    for (const char* database : {"main", "other"}) server_.query(std::string("CREATE DATABASE ") + database);
    store_ = open_influx1_bucket(server_.http(), server_.url(), {});
  }
  BucketStore& store() override { return *store_; }
  std::string bucket() override { return "main"; }
  std::string other() override { return "other"; }
  std::string missing() override { return server_.missing(); }

 private:
  InfluxServerProcess server_ = InfluxServerProcess::v1();
  std::unique_ptr<BucketStore> store_;
};

class Influx2World final : public StoreWorld {
 public:
  Influx2World() { store_ = open_influx2_bucket(server_.http(), server_.url(), "home", {"all-rights"}); }
  BucketStore& store() override { return *store_; }
  std::string bucket() override { return "main"; }
  std::string other() override { return "other"; }
  std::string missing() override { return server_.missing(); }

 private:
  InfluxServerProcess server_ = InfluxServerProcess::v2();
  std::unique_ptr<BucketStore> store_;
};

template <class World>
std::unique_ptr<StoreWorld> make() {
  return std::make_unique<World>();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(&make<SqliteWorld>));
INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(&make<MemoryWorld>));
INSTANTIATE_TEST_SUITE_P(Influx1, StoreContract, testing::Values(&make<Influx1World>));
INSTANTIATE_TEST_SUITE_P(Influx2, StoreContract, testing::Values(&make<Influx2World>));

}  // namespace
}  // namespace wx::testkit
