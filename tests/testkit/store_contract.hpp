// What every BucketStore must do, whatever lies behind it. A test program includes this once and instantiates
// StoreContract.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/ports/bucket_store.hpp"

namespace wx::testkit {

// A store with two empty buckets.
class StoreWorld {
 public:
  virtual ~StoreWorld() = default;
  virtual BucketStore& store() = 0;
  virtual std::string bucket() = 0;
  virtual std::string other() = 0;
  // Why it cannot be tried here; empty when it can.
  virtual std::string missing() { return {}; }
  virtual bool has_booleans() { return true; }
};

using MakeStoreWorld = std::unique_ptr<StoreWorld> (*)();

class StoreContract : public testing::TestWithParam<MakeStoreWorld> {
 protected:
  void SetUp() override {
    world = GetParam()();
    if (const std::string why = world->missing(); !why.empty()) GTEST_SKIP() << why;
    bucket = world->bucket();
    other = world->other();
  }

  BucketStore& store() { return world->store(); }
  void write(const std::vector<Point>& points, const std::string& to = {}) {
    const Status written = store().write(to.empty() ? bucket : to, points);
    EXPECT_TRUE(written) << written.error().message;
  }
  std::vector<Point> all(PointRange range = {}) {
    if (range.bucket.empty()) range.bucket = bucket;
    auto points = read_points(store(), range, SIZE_MAX);
    EXPECT_TRUE(points) << points.error().message;
    return points ? *points : std::vector<Point>{};
  }
  std::uint64_t count(PointRange range = {}) {
    if (range.bucket.empty()) range.bucket = bucket;
    auto points = store().count(range);
    EXPECT_TRUE(points) << points.error().message;
    return points.value_or(UINT64_MAX);
  }
  // measurement|tags|time of each.
  static std::vector<std::string> names(const std::vector<Point>& points) {
    std::vector<std::string> out;
    for (const auto& point : points)
      out.push_back(point.measurement + "|" + point.tags + "|" + std::to_string(point.time_ns));
    return out;
  }

  std::unique_ptr<StoreWorld> world;
  std::string bucket;
  std::string other;
};

TEST_P(StoreContract, PointsComeInOneOrderWithTheirTypes) {
  write({{"tock", "", 5, {{"v", 1.0}}},
         {"tick", "host=b", 10, {{"v", 1.0}}},
         {"tick",
          "host=a",
          20,
          {{"whole", std::int64_t{3}}, {"v", 3.0}, {"note", std::string("a \"b\" \\ c")}}},
         {"tick", "host=a", 10, {{"v", -0.1}}},
         {"tick", "", 30, {{"v", 1e22}, {"w", 5e-324}}},
         {"tick", "host=a,zone=z", 1, {{"v", 1.5}}}});
  const auto points = all();
  EXPECT_THAT(names(points), testing::ElementsAre("tick||30", "tick|host=a|10", "tick|host=a|20",
                                                  "tick|host=a,zone=z|1", "tick|host=b|10", "tock||5"));
  ASSERT_EQ(points.size(), 6u);
  EXPECT_EQ(points[0].fields, (std::map<std::string, FieldValue>{{"v", 1e22}, {"w", 5e-324}}));
  EXPECT_EQ(points[2].fields,
            (std::map<std::string, FieldValue>{
                {"whole", std::int64_t{3}}, {"v", 3.0}, {"note", std::string("a \"b\" \\ c")}}));
  for (std::size_t i = 1; i < points.size(); ++i) EXPECT_TRUE(comes_before(points[i - 1], points[i])) << i;
  EXPECT_EQ(count(), 6u);
}

TEST_P(StoreContract, ARangeHasItsStartAndNotItsEnd) {
  write({{"tick", "", 10, {{"v", 1.0}}}, {"tick", "", 20, {{"v", 1.0}}}, {"tock", "", 10, {{"v", 1.0}}}});
  EXPECT_THAT(names(all({bucket, "tick", 10, 20})), testing::ElementsAre("tick||10"));
  EXPECT_EQ(count({bucket, "tick", 10, 20}), 1u);
  EXPECT_EQ(count({bucket, "", 10, 21}), 3u);
  EXPECT_THAT(all({bucket, "tick", 20, 20}), testing::IsEmpty());
  EXPECT_EQ(count({bucket, "tick", 20, 20}), 0u);
  EXPECT_EQ(count({bucket, "tack"}), 0u);
  EXPECT_THAT(all({other}), testing::IsEmpty());
}

TEST_P(StoreContract, APointIsOneWhateverTheNumberOfItsFields) {
  write({{"tick", "", 1, {{"a", 1.0}}},
         {"tick", "", 2, {{"b", 1.0}}},
         {"tick", "", 3, {{"a", 1.0}, {"b", 1.0}}}});
  EXPECT_EQ(count({bucket, "tick"}), 3u) << "neither field alone is in all of them";
  EXPECT_EQ(all().size(), 3u);
}

TEST_P(StoreContract, WritingAgainReplacesFieldByFieldAndAddingLeavesWhatIsThere) {
  write({{"tick", "h=a", 1, {{"a", 1.0}, {"b", 1.0}}}});
  write({{"tick", "h=a", 1, {{"a", 2.0}}}});
  EXPECT_EQ(all()[0].fields, (std::map<std::string, FieldValue>{{"a", 2.0}, {"b", 1.0}}));
  const auto added = store().add(bucket, {{"tick", "h=a", 1, {{"a", 9.0}, {"c", 9.0}}},
                                          {"tick", "h=a", 2, {{"a", 3.0}}},
                                          {"tick", "h=b", 1, {{"a", 4.0}}}});
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(*added, 2u);
  EXPECT_EQ(all()[0].fields, (std::map<std::string, FieldValue>{{"a", 2.0}, {"b", 1.0}}))
      << "never overwritten";
  EXPECT_THAT(names(all()), testing::ElementsAre("tick|h=a|1", "tick|h=a|2", "tick|h=b|1"));
  EXPECT_EQ(*store().add(bucket, {{"tick", "h=a", 2, {{"a", 3.0}}}}), 0u);
}

TEST_P(StoreContract, NamesAreData) {
  const std::string nasty = "it's \"a\" $ {x}";
  write({{nasty, R"(k\ e=v\,\=\ w,q=")", 1, {{"f l=d,1", std::string("'\"$")}}},
         {"plain", "", 1, {{"v", 1.0}}}});
  const auto points = all({bucket, nasty});
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].measurement, nasty);
  EXPECT_EQ(points[0].tags, R"(k\ e=v\,\=\ w,q=")");
  EXPECT_EQ(points[0].fields, (std::map<std::string, FieldValue>{{"f l=d,1", std::string("'\"$")}}));
  EXPECT_EQ(count({bucket, nasty}), 1u);
}

TEST_P(StoreContract, TimesReachFarBothWays) {
  write({{"t", "", -1'000'000'000'000'000'001, {{"v", 1.0}}},
         {"t", "", 4'000'000'000'000'000'007, {{"v", 1.0}}}});
  EXPECT_THAT(names(all()), testing::ElementsAre("t||-1000000000000000001", "t||4000000000000000007"));
}

TEST_P(StoreContract, MorePointsThanOnePageStreamWhole) {
  constexpr int total = 12'000;
  std::vector<Point> points;
  // One field is rarer than the other, so that their pages end at different times.
  for (int i = 0; i < total; ++i) {
    Point point{"many", "h=a", i * 1000, {{"v", i * 0.5}}};
    if (i % 3 == 0) point.fields["w"] = std::int64_t{i};
    points.push_back(std::move(point));
  }
  write(points);
  auto stream = store().stream({bucket, "many"});
  ASSERT_TRUE(stream) << stream.error().message;
  Point point;
  int seen = 0;
  for (; seen < total; ++seen) {
    const auto more = (*stream)->next(point);
    ASSERT_TRUE(more) << more.error().message;
    ASSERT_TRUE(*more) << seen;
    ASSERT_EQ(point.time_ns, points[static_cast<std::size_t>(seen)].time_ns);
    ASSERT_EQ(point.fields, points[static_cast<std::size_t>(seen)].fields) << seen;
  }
  EXPECT_FALSE(*(*stream)->next(point));
  EXPECT_EQ(count({bucket, "many"}), static_cast<std::uint64_t>(total));
}

TEST_P(StoreContract, WritingWhileStreamingDisturbsNothing) {
  write({{"tick", "", 1, {{"v", 1.0}}}, {"tick", "", 2, {{"v", 1.0}}}});
  auto stream = store().stream({bucket});
  ASSERT_TRUE(stream);
  Point point;
  ASSERT_TRUE(*(*stream)->next(point));
  write({{"tick", "", 0, {{"v", 1.0}}}});
  ASSERT_TRUE(*(*stream)->next(point));
  EXPECT_EQ(point.time_ns, 2);
  EXPECT_EQ(count(), 3u);
}

TEST_P(StoreContract, RemovingPointsSparesTheOtherBucket) {
  write({{"tick", "", 1, {{"v", 1.0}}}, {"tock", "h=a", 2, {{"v", 1.0}}}});
  write({{"tick", "", 1, {{"v", 1.0}}}}, other);
  const Status removed = store().remove_points(bucket);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(count(), 0u);
  EXPECT_THAT(all(), testing::IsEmpty());
  EXPECT_EQ(count({other}), 1u);
  EXPECT_TRUE(store().remove_points(bucket)) << "nothing to remove is fine";
  write({{"tick", "", 1, {{"v", 2.0}}}});
  EXPECT_EQ(count(), 1u);
}

TEST_P(StoreContract, TheWriteCheckLeavesNothingBehind) {
  const Status checked = store().check_writable(bucket);
  EXPECT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(count(), 0u);
}

TEST_P(StoreContract, BooleansStayWhatTheyAreWhereThereAreAny) {
  write({{"tick", "", 1, {{"on", true}, {"v", 1.0}}}});
  const FieldValue kept = all()[0].fields.at("on");
  EXPECT_EQ(kept, world->has_booleans() ? FieldValue{true} : FieldValue{std::int64_t{1}});
}

}  // namespace wx::testkit
