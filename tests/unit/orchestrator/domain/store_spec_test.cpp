#include "orchestrator/domain/store_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct Parsed {
  StoreSpec store;
  std::vector<std::string> problems;
};

Parsed parse(const std::string& text) {
  const auto node = yaml::parse("app.yaml", text);
  EXPECT_TRUE(node) << node.error().message;
  yaml::Problems problems;
  Parsed out;
  out.store = parse_store(*node, problems);
  out.problems = problems.lines();
  return out;
}

TEST(StoreSpec, AnEmbeddedStoreNeedsLittle) {
  const auto [store, problems] = parse("{path: a.db, active: a, candidate: b}");
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(store.kind, "sqlite");
  EXPECT_EQ(store.of(BucketRole::main).bucket, "a");
  EXPECT_EQ(store.of(BucketRole::candidate).bucket, "b");
  EXPECT_EQ(store.reach, 0us);
  EXPECT_EQ(store.tolerance.abs, 0);
  EXPECT_EQ(store.tolerance.rel, 1e-9);
}

TEST(StoreSpec, ABucketTakesFromTheStoreWhatItDoesNotOverride) {
  const auto [store, problems] = parse(
      "kind: influxdb2\nurl: http://db:8086\norg: home\ntoken_file: t\nactive: a\n"
      "candidate: {bucket: b, url: https://trial:8086, token_file: /etc/trial}\nreach: 48h\n"
      "tolerance: {abs: 0.5, rel: 0}\n");
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(store.active, (BucketSpec{"a", "http://db:8086", "home", "t"}));
  EXPECT_EQ(store.candidate, (BucketSpec{"b", "https://trial:8086", "home", "/etc/trial"}));
  EXPECT_EQ(store.reach, 48h);
  EXPECT_EQ(store.tolerance.abs, 0.5);
  EXPECT_EQ(store.tolerance.rel, 0);
}

TEST(StoreSpec, EachProblemHasItsPlace) {
  EXPECT_THAT(
      parse("{path: a.db, active: a, candidate: b, tolerance: {abs: -1, relative: 2}}").problems,
      ElementsAre("app.yaml:1:56: store.tolerance.abs must be a number from 0 on",
                  "app.yaml:1:60: unknown key \"relative\" in store.tolerance (known: abs, rel)"));
  EXPECT_THAT(parse("{kind: influxdb1, active: a, candidate: b}").problems,
              ElementsAre("app.yaml:1:27: store.active needs a url, such as url: http://127.0.0.1:8086",
                          "app.yaml:1:41: store.candidate needs a url, such as url: http://127.0.0.1:8086"));
  EXPECT_THAT(
      parse("{kind: influxdb2, url: \"http://me:secret@db\", org: o, active: a, candidate: b}").problems,
      ElementsAre("app.yaml:1:63: url takes no user, query or fragment: give what proves who you are in "
                  "token_file",
                  "app.yaml:1:77: url takes no user, query or fragment: give what proves who you are in "
                  "token_file"));
  EXPECT_THAT(parse("{kind: influxdb2, url: \"db:8086\", org: o, active: a, candidate: b}").problems,
              testing::Contains("app.yaml:1:24: url must begin with http:// or https://, not \"db:8086\""));
  EXPECT_THAT(parse("{path: a.db, url: \"http://db\", active: a, candidate: b}").problems,
              ElementsAre("app.yaml:1:19: store.url is for kind: influxdb1 or influxdb2"));
  EXPECT_THAT(parse("{path: a.db, active: {bucket: a, url: \"http://db\"}, candidate: b}").problems,
              ElementsAre("app.yaml:1:1: a store of kind sqlite has one path for both buckets, and no url"));
}

TEST(StoreSpec, OneNameOnTwoServersIsTwoBuckets) {
  const std::string two =
      "{kind: influxdb1, url: \"http://a\", active: w, candidate: {bucket: w, url: \"http://b\"}}";
  EXPECT_THAT(parse(two).problems, IsEmpty());
  EXPECT_THAT(parse("{kind: influxdb1, url: \"http://a\", active: w, candidate: w}").problems,
              ElementsAre("app.yaml:1:58: store.active and store.candidate must be two different buckets"));
}

}  // namespace
}  // namespace wx
