#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/adapters/posix_filesystem.hpp"
#include "common/store/influx_bucket.hpp"
#include "tests/unit/store_servers/servers.hpp"

namespace wx {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Point tick{"tick", "", 10, {{"v", 1.0}}};

template <class Outcome>
Error error_of(const Outcome& outcome) {
  EXPECT_FALSE(outcome);
  return outcome ? Error{Code::bug, "it succeeded"} : outcome.error();
}

Error read_error(BucketStore& store, const std::string& bucket) {
  return error_of(read_points(store, {bucket}, 10));
}

class Influx1Faults : public testing::Test {
 protected:
  void SetUp() override {
    if (!server.missing().empty()) GTEST_SKIP() << server.missing();
    server.query("CREATE DATABASE main");
  }
  InfluxServerProcess server = InfluxServerProcess::v1();
};

TEST_F(Influx1Faults, ADatabaseThatIsNotThereIsSaid) {
  const auto store = open_influx1_bucket(server.http(), server.url(), {});
  for (const Error& error : {read_error(*store, "gone"), error_of(store->count({"gone", "tick"})),
                             error_of(store->write("gone", {tick})), error_of(store->check_writable("gone")),
                             error_of(store->remove_points("gone"))}) {
    EXPECT_EQ(error.code, Code::not_found) << error.message;
    EXPECT_THAT(error.message, AllOf(HasSubstr("gone"), HasSubstr(server.url())));
    EXPECT_THAT(error.remedy, HasSubstr("CREATE DATABASE"));
  }
}

TEST_F(Influx1Faults, WhatTheServerRefusesIsSaid) {
  const auto store = open_influx1_bucket(server.http(), server.url(), {});
  ASSERT_TRUE(store->write("main", {tick}));
  const Error conflict = error_of(store->write("main", {{"tick", "", 20, {{"v", std::string("text")}}}}));
  EXPECT_EQ(conflict.code, Code::refused);
  EXPECT_THAT(conflict.message, HasSubstr("field type conflict"));
  EXPECT_EQ(error_of(store->write("main", {{"tick", "", 1, {{"v", HUGE_VAL}}}})).code, Code::refused);
}

TEST_F(Influx1Faults, AServerThatDiesInMidReadingIsAnError) {
  const auto store = open_influx1_bucket(server.http(), server.url(), {});
  std::vector<Point> points;
  for (int i = 0; i < 6000; ++i) points.push_back({"tick", "", i, {{"v", 1.0}}});
  ASSERT_TRUE(store->write("main", points));
  auto stream = store->stream({"main"});
  ASSERT_TRUE(stream);
  Point point;
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(*(*stream)->next(point));
  server.kill();
  const Error error = error_of((*stream)->next(point));
  EXPECT_EQ(error.code, Code::unavailable) << error.message;
}

TEST(Influx1Users, AreAskedForTheirPassword) {
  auto server = InfluxServerProcess::v1(true);
  if (!server.missing().empty()) GTEST_SKIP() << server.missing();
  server.query("CREATE USER root WITH PASSWORD 'pw' WITH ALL PRIVILEGES");
  server.post("/query?u=root&p=pw", "q=CREATE+DATABASE+main");
  server.post("/query?u=root&p=pw", "q=CREATE+USER+guest+WITH+PASSWORD+'guest:1'");
  const auto known = open_influx1_bucket(server.http(), server.url(), {"root:pw"});
  EXPECT_TRUE(known->check_writable("main"));
  ASSERT_TRUE(known->write("main", {tick}));
  EXPECT_EQ(*known->count({"main", "tick"}), 1u);
  const auto stranger =
      open_influx1_bucket(server.http(), server.url(), {"root:wrong-secret", "the token in /etc/t"});
  for (const Error& error : {read_error(*stranger, "main"), error_of(stranger->check_writable("main"))}) {
    EXPECT_EQ(error.code, Code::permission) << error.message;
    EXPECT_THAT(error.message + error.remedy, Not(HasSubstr("wrong-secret")));
    EXPECT_THAT(error.message, AllOf(HasSubstr("main"), HasSubstr("401")));
    EXPECT_THAT(error.remedy, HasSubstr("/etc/t"));
  }
  const auto guest =
      open_influx1_bucket(server.http(), server.url(), {"guest:guest:1", "the token in /etc/t"});
  const Error denied = error_of(guest->write("main", {tick}));
  EXPECT_EQ(denied.code, Code::permission);
  EXPECT_THAT(denied.remedy, AllOf(HasSubstr("/etc/t"), HasSubstr("right to read and write")));
  const auto nobody = open_influx1_bucket(server.http(), server.url(), {});
  EXPECT_THAT(error_of(nobody->write("main", {tick})).remedy, HasSubstr("store.token_file"));
  EXPECT_FALSE(read_points(*guest, {"main"}, 1)) << "the server says so with status 200 or 403";
}

class Influx2Faults : public testing::Test {
 protected:
  void SetUp() override {
    if (!server.missing().empty()) GTEST_SKIP() << server.missing();
  }
  std::unique_ptr<BucketStore> open(const std::string& token, const std::string& org = "home") {
    return open_influx2_bucket(server.http(), server.url(), org, {token, "the token in /etc/t"});
  }
  InfluxServerProcess server = InfluxServerProcess::v2();
};

TEST_F(Influx2Faults, RefusalsAreToldApartAndKeepTheToken) {
  EXPECT_EQ(read_error(*open("no-such-token"), "main").code, Code::permission);
  EXPECT_THAT(read_error(*open("no-such-token"), "main").message, Not(HasSubstr("no-such-token")));
  EXPECT_EQ(read_error(*open("all-rights"), "gone").code, Code::not_found);
  EXPECT_EQ(read_error(*open("all-rights", "elsewhere"), "main").code, Code::not_found);
  EXPECT_EQ(error_of(open("all-rights")->write("gone", {tick})).code, Code::not_found);
  server.post("/control/token", R"({"token": "reader", "read": ["main"]})");
  server.post("/control/token", R"({"token": "writer", "write": ["main"]})");
  EXPECT_TRUE(open("reader")->count({"main"}));
  EXPECT_EQ(error_of(open("reader")->check_writable("main")).code, Code::permission);
  EXPECT_EQ(error_of(open("writer")->check_writable("main")).code, Code::not_found)
      << "what may not be read is not seen";
}

TEST_F(Influx2Faults, AnAnswerThatEndsInAnErrorIsAnError) {
  const auto store = open("all-rights");
  ASSERT_TRUE(store->write("main", {tick}));
  server.post("/control/fault", R"({"path": "query", "late": true, "after": 1})");
  const Error late = read_error(*store, "main");
  EXPECT_EQ(late.code, Code::failed);
  EXPECT_THAT(late.message, HasSubstr("context canceled"));
  server.post("/control/fault", R"({"path": "query", "cut": true, "after": 1})");
  EXPECT_FALSE(read_points(*store, {"main"}, 10)) << "cut in the middle";
  server.post("/control/fault", R"({"path": "query", "status": 503})");
  EXPECT_EQ(read_error(*store, "main").code, Code::unavailable);
  server.kill();
  EXPECT_EQ(read_error(*store, "main").code, Code::unavailable);
}

class CountingHttp final : public Http {
 public:
  explicit CountingHttp(Http& inner) : inner_(inner) {}
  Result<HttpResponse> send(const HttpRequest& request) override {
    ++requests;
    return inner_.send(request);
  }
  int requests = 0;

 private:
  Http& inner_;
};

TEST_F(Influx2Faults, ABatchThatIsTooLargeIsHalvedAndTheSizeIsRemembered) {
  CountingHttp http(server.http());
  const auto store = open_influx2_bucket(http, server.url(), "home", {"all-rights"});
  server.post("/control/fault", R"({"path": "write", "largest": 400})");
  std::vector<Point> points;
  for (int i = 0; i < 200; ++i) points.push_back({"tick", "", i, {{"v", 1.0}}});
  ASSERT_TRUE(store->write("main", points));
  EXPECT_EQ(*store->count({"main"}), 200u);
  const int first = std::exchange(http.requests, 0);
  ASSERT_TRUE(store->write("main", points));
  EXPECT_EQ(http.requests, first - 4) << "200, 100, 50 points were too large, and the count";
  server.post("/control/fault", R"({"path": "write", "largest": 5})");
  EXPECT_EQ(error_of(store->write("main", points)).code, Code::refused) << "a point alone is too large";
}

TEST_F(Influx2Faults, ATypeConflictIsSaid) {
  const auto store = open("all-rights");
  ASSERT_TRUE(store->write("main", {tick}));
  const Error conflict = error_of(store->write("main", {{"tick", "", 20, {{"v", std::string("text")}}}}));
  EXPECT_EQ(conflict.code, Code::refused);
  EXPECT_THAT(conflict.message, HasSubstr("field type conflict"));
}

TEST(TokenFile, MustBeOneLineForItsOwnerAlone) {
  const auto files = make_posix_filesystem();
  const testkit::TempDirectory directory;
  const std::string path = directory / "token";
  const auto put = [&](const std::string& text, std::uint32_t mode) {
    ASSERT_TRUE(files->write(path, text, mode));
  };
  EXPECT_EQ(error_of(read_token_file(*files, path)).code, Code::not_found);
  put("secret\n", 0600);
  EXPECT_EQ(*read_token_file(*files, path), "secret");
  for (const std::uint32_t mode : {0640u, 0604u, 0620u}) {
    put("secret\n", mode);
    const Error error = error_of(read_token_file(*files, path));
    EXPECT_EQ(error.code, Code::permission);
    EXPECT_EQ(error.remedy, "chmod 600 " + path);
  }
  put("\n", 0600);
  EXPECT_EQ(error_of(read_token_file(*files, path)).code, Code::invalid);
  put("one\ntwo\n", 0600);
  EXPECT_THAT(error_of(read_token_file(*files, path)).message, Not(HasSubstr("two")));
  EXPECT_EQ(error_of(read_token_file(*files, directory.path())).code, Code::invalid);
}

}  // namespace
}  // namespace wx
