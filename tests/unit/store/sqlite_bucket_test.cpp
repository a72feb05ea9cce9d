#include "common/store/sqlite_bucket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

namespace wx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();

// Another program that knows only the schema.
class Outsider {
 public:
  explicit Outsider(const std::string& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK); }
  ~Outsider() { sqlite3_close(db_); }
  Outsider(const Outsider&) = delete;
  Outsider& operator=(const Outsider&) = delete;

  std::string run(const std::string& sql) {
    std::string first;
    const auto keep = [](void* out, int, char** values, char**) {
      if (values[0] != nullptr) *static_cast<std::string*>(out) = values[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), keep, &first, nullptr), SQLITE_OK) << sqlite3_errmsg(db_);
    return first;
  }

 private:
  sqlite3* db_ = nullptr;
};

class SqliteBucketTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "wx-store-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory = name;
    path = directory + "/points.db";
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  std::unique_ptr<BucketStore> made() {
    const Status status = create_sqlite_bucket(path);
    EXPECT_TRUE(status) << status.error().message;
    auto store = open_sqlite_bucket(path);
    EXPECT_TRUE(store) << store.error().message;
    return std::move(store).value();
  }
  std::vector<Point> all(BucketStore& store, const std::string& bucket) {
    return read_points(store, {bucket, "", 0, latest}, 100).value();
  }

  std::string directory;
  std::string path;
};

TEST_F(SqliteBucketTest, CreatingMakesAPrivateFileInWalModeWithTheSchema) {
  ASSERT_TRUE(create_sqlite_bucket(path));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0600u);
  Outsider outsider(path);
  EXPECT_EQ(outsider.run("PRAGMA journal_mode"), "wal");
  outsider.run("INSERT OR REPLACE INTO points VALUES('b','tick','host=a',5,'value',1.0)");
}

TEST_F(SqliteBucketTest, CreatingAgainKeepsThePoints) {
  auto store = made();
  ASSERT_TRUE(store->write("b", {{"tick", "", 1, {{"value", 1.0}}}}));
  EXPECT_TRUE(create_sqlite_bucket(path));
  EXPECT_EQ(all(*store, "b").size(), 1u);
}

TEST_F(SqliteBucketTest, ValuesComeBackWithTheirTypes) {
  auto store = made();
  const Point point{
      "tick",
      "host=a,zone=b",
      1'700'000'000'000'000'000,
      {{"count", std::int64_t{-7}}, {"whole", 1.0}, {"ratio", 0.1}, {"note", std::string("1")}}};
  ASSERT_TRUE(store->write("b", {point}));
  const auto points = all(*store, "b");
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].measurement, "tick");
  EXPECT_EQ(points[0].tags, "host=a,zone=b");
  EXPECT_EQ(points[0].time_ns, 1'700'000'000'000'000'000);
  EXPECT_EQ(points[0].fields, point.fields);
}

TEST_F(SqliteBucketTest, APointIsCountedOnceWhateverTheNumberOfItsFields) {
  auto store = made();
  ASSERT_TRUE(store->write("b", {{"tick", "", 10, {{"x", 1.0}, {"y", 2.0}}},
                                 {"tick", "host=a", 10, {{"x", 1.0}}},
                                 {"tock", "", 20, {{"x", 1.0}}}}));
  EXPECT_EQ(store->count({"b", "", 0, 100}).value(), 3u);
  EXPECT_EQ(store->count({"b", "tick", 0, 100}).value(), 2u);
  EXPECT_EQ(store->count({"other", "", 0, 100}).value(), 0u);
}

TEST_F(SqliteBucketTest, TheStartOfARangeBelongsToItAndTheEndDoesNot) {
  auto store = made();
  ASSERT_TRUE(store->write("b", {{"t", "", 10, {{"x", 1.0}}}, {"t", "", 20, {{"x", 1.0}}}}));
  EXPECT_EQ(store->count({"b", "", 10, 20}).value(), 1u);
  EXPECT_EQ(read_points(*store, {"b", "t", 10, 20}, 9).value().size(), 1u);
  EXPECT_EQ(read_points(*store, {"b", "t", 10, 21}, 9).value().size(), 2u);
}

TEST_F(SqliteBucketTest, WritingAPointAgainReplacesItFieldByField) {
  auto store = made();
  ASSERT_TRUE(store->write("b", {{"t", "", 1, {{"x", 1.0}, {"y", 1.0}}}}));
  ASSERT_TRUE(store->write("b", {{"t", "", 1, {{"x", 2.0}}}}));
  const auto points = all(*store, "b");
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].fields, (std::map<std::string, FieldValue>{{"x", 2.0}, {"y", 1.0}}));
}

TEST_F(SqliteBucketTest, ABadPointRefusesTheWholeWrite) {
  auto store = made();
  const Point good{"t", "", 1, {{"x", 1.0}}};
  for (const Point& bad : {Point{"t", "", 2, {}}, Point{"", "", 2, {{"x", 1.0}}},
                           Point{"t", "", 2, {{"x", std::nan("")}}}}) {
    const Status status = store->write("b", {good, bad});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::refused);
  }
  EXPECT_THAT(all(*store, "b"), IsEmpty());
}

TEST_F(SqliteBucketTest, ATextThatIsTooLongLeavesNothingBehind) {
  auto store = made();
  const Status status =
      store->write("b", {{"t", "", 1, {{"x", 1.0}}}, {"t", "", 2, {{"x", std::string(2u << 20, 'x')}}}});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::refused);
  EXPECT_THAT(all(*store, "b"), IsEmpty());
  EXPECT_TRUE(store->write("b", {{"t", "", 1, {{"x", 1.0}}}})) << "the store is usable afterwards";
}

TEST_F(SqliteBucketTest, TheSummaryTellsSeriesPointsAndTimesOfEachBucket) {
  auto store = made();
  ASSERT_TRUE(store->write("b", {{"t", "h=1", 10, {{"x", 1.0}, {"y", 1.0}}},
                                 {"t", "h=2", 10, {{"x", 1.0}}},
                                 {"t", "h=2", 30, {{"x", 1.0}}}}));
  ASSERT_TRUE(store->write("a", {{"t", "", 5, {{"x", 1.0}}}}));
  const auto buckets = summarize_sqlite_bucket(path).value();
  ASSERT_EQ(buckets.size(), 2u);
  EXPECT_EQ(buckets[0].bucket, "a");
  EXPECT_EQ(buckets[1].bucket, "b");
  EXPECT_EQ(buckets[1].series, 2u);
  EXPECT_EQ(buckets[1].points, 3u);
  EXPECT_EQ(buckets[1].first_ns, 10);
  EXPECT_EQ(buckets[1].last_ns, 30);
}

TEST_F(SqliteBucketTest, TheWriteCheckLeavesNothingBehind) {
  auto store = made();
  EXPECT_TRUE(store->check_writable("b"));
  EXPECT_THAT(summarize_sqlite_bucket(path).value(), IsEmpty());
  EXPECT_EQ(Outsider(path).run("SELECT count(*) FROM points"), "0");
}

TEST_F(SqliteBucketTest, RemovingABucketSparesTheOthers) {
  auto store = made();
  ASSERT_TRUE(store->write("a", {{"t", "", 1, {{"x", 1.0}}}}));
  ASSERT_TRUE(store->write("b", {{"t", "", 1, {{"x", 1.0}}}}));
  EXPECT_TRUE(store->remove_points("a"));
  EXPECT_TRUE(store->remove_points("absent"));
  ASSERT_EQ(summarize_sqlite_bucket(path).value().size(), 1u);
  EXPECT_EQ(summarize_sqlite_bucket(path).value()[0].bucket, "b");
}

TEST_F(SqliteBucketTest, PointsOfAnotherProgramAreRead) {
  auto store = made();
  Outsider(path).run(
      "INSERT INTO points VALUES('b','tick','',7,'value',3),('b','tick','',7,'nothing',NULL),"
      "('b','tick','',7,'bytes',x'00'),('b','tick','','never','value',1),"
      "('b','tick','',8,'nothing',NULL)");
  const auto points = all(*store, "b");
  ASSERT_EQ(points.size(), 1u) << "what has no value is no point";
  EXPECT_EQ(store->count({.bucket = "b"}).value(), 1u);
  EXPECT_EQ(points[0].fields, (std::map<std::string, FieldValue>{{"value", std::int64_t{3}}}));
  EXPECT_EQ(summarize_sqlite_bucket(path).value()[0].points, 1u) << "a time that is no number is no point";
}

TEST_F(SqliteBucketTest, NamesAreDataNotSql) {
  auto store = made();
  const std::string nasty = "b'; DROP TABLE points; --";
  ASSERT_TRUE(store->write(nasty, {{nasty, nasty, 1, {{nasty, nasty}}}}));
  EXPECT_EQ(store->count({nasty, nasty, 0, 10}).value(), 1u);
}

TEST_F(SqliteBucketTest, TwoWritersWaitForEachOther) {
  made();
  const auto fill = [this](const std::string& bucket) {
    auto store = open_sqlite_bucket(path).value();
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(store->write(bucket, {{"t", "", i, {{"x", 1.0}}}}));
  };
  std::thread other(fill, "a");
  fill("b");
  other.join();
  auto store = open_sqlite_bucket(path).value();
  EXPECT_EQ(store->count({"a", "", 0, 100}).value(), 50u);
  EXPECT_EQ(store->count({"b", "", 0, 100}).value(), 50u);
}

TEST_F(SqliteBucketTest, OpeningAnAbsentFileSaysHowToMakeIt) {
  const auto store = open_sqlite_bucket(path);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::not_found);
  EXPECT_THAT(store.error().message, HasSubstr(path));
  EXPECT_THAT(store.error().remedy, HasSubstr("wxctl bucket create " + path));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SqliteBucketTest, AFileThatIsNoDatabaseIsRefusedUnchanged) {
  const std::string text = std::string(2000, 'x');
  std::ofstream(path) << text;
  EXPECT_EQ(open_sqlite_bucket(path).error().code, Code::invalid);
  EXPECT_EQ(create_sqlite_bucket(path).error().code, Code::invalid);
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
}

TEST_F(SqliteBucketTest, SomebodyElsesDatabaseIsRefusedUnchanged) {
  Outsider(path).run("CREATE TABLE people(name)");
  EXPECT_EQ(open_sqlite_bucket(path).error().code, Code::invalid);
  const Status status = create_sqlite_bucket(path);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::invalid);
  EXPECT_EQ(Outsider(path).run("SELECT group_concat(name) FROM sqlite_schema"), "people");
}

TEST_F(SqliteBucketTest, ATableWithoutThePrimaryKeyIsRefused) {
  Outsider(path).run("CREATE TABLE points(bucket, measurement, tags, time, field, value)");
  EXPECT_THAT(open_sqlite_bucket(path).error().message, HasSubstr("another primary key"));
}

TEST_F(SqliteBucketTest, ALaterFormatIsRefused) {
  made();
  Outsider(path).run("PRAGMA user_version=2");
  EXPECT_THAT(open_sqlite_bucket(path).error().message, HasSubstr("format 2"));
}

TEST_F(SqliteBucketTest, AnEmptyFileBecomesABucketOnlyByCreating) {
  std::ofstream(path).close();
  EXPECT_EQ(open_sqlite_bucket(path).error().code, Code::invalid);
  EXPECT_TRUE(create_sqlite_bucket(path));
  EXPECT_TRUE(open_sqlite_bucket(path));
}

TEST_F(SqliteBucketTest, ADirectoryAndAMissingDirectoryAreNamed) {
  EXPECT_EQ(open_sqlite_bucket(directory).error().code, Code::invalid);
  const Status status = create_sqlite_bucket(directory + "/absent/points.db");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::not_found);
  EXPECT_THAT(status.error().remedy, HasSubstr(directory + "/absent"));
}

TEST_F(SqliteBucketTest, AWriteThatMeetsADamagedFileIsAnErrorNotACrash) {
  {
    auto store = made();
    std::vector<Point> points;
    for (int i = 0; i < 3000; ++i) points.push_back({"t", "", i, {{"x", 1.0}}});
    ASSERT_TRUE(store->write("b", points));
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(40'000, '\xA5');
  file.close();
  auto store = open_sqlite_bucket(path);
  const Error error = store ? store.value()->count({"b", "", 0, latest}).error() : store.error();
  EXPECT_EQ(error.code, Code::invalid);
}

}  // namespace
}  // namespace wx
