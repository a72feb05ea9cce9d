#include "collector/sources/requester.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testkit/memory_filesystem.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string secret(60, 's');

struct World {
  testing::FakeHttp http;
  testing::FakeClock clock;
  testing::FakeLog log;
  Telemetry telemetry;
  testkit::MemoryFileSystem files;
  bool signalled = false;
  bool live = true;
  QuotaPolicy quota;
  RetryPolicy policy{3, 5s, 10s, 300s, 0};

  Result<Answer> get() {
    const SourceTools tools{{http, clock, log, [] { return 0.5; }, [this] { return signalled; }},
                            files,
                            telemetry,
                            "/cache",
                            "/quota",
                            live};
    SourceSettings settings;
    settings.name = "met_office";
    settings.api_key = secret;
    settings.retry = policy;
    settings.quota = quota;
    Requester requester(tools, settings, {"X", "met_office", "check the key", "check the product"});
    return requester.get("https://x/y", "the thing", [](const std::string& body) -> Status {
      if (body == "good") return {};
      return Error{Code::failed, "no JSON"};
    });
  }
};

TEST(Requester, AsksAgainAfterServerErrorsAndDamagedAnswers) {
  World world;
  world.http.answer(503, "");
  world.http.answer(200, "garbage");
  world.http.answer(200, "good");
  const auto answer = world.get();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(world.clock.passed, 15s);
  EXPECT_EQ(world.telemetry.requests[RequestStatus::http_5xx], 1u);
  EXPECT_EQ(world.telemetry.requests[RequestStatus::malformed], 1u);
  EXPECT_EQ(world.telemetry.requests[RequestStatus::ok], 1u);
  EXPECT_EQ(world.telemetry.request_seconds.size(), 3u);
}

TEST(Requester, GivesUpAfterTheLastAttemptAndSaysSo) {
  World world;
  world.http.answers.emplace_back(Error{Code::timeout, "took too long"});
  const auto answer = world.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::failed);
  EXPECT_EQ(answer.error().message, "X: the thing: took too long (given up after 3 attempts)");
  EXPECT_EQ(world.http.requests.size(), 3u);
}

TEST(Requester, NeverRepeatsARefusal) {
  for (const long status : {400L, 401L, 403L, 410L, 302L}) {
    World world;
    world.http.answer(status, R"({"moreInformation":"no"})", 1);
    const auto answer = world.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(world.http.requests.size(), 1u) << status;
    EXPECT_THAT(answer.error().message, HasSubstr("HTTP " + std::to_string(status)));
    EXPECT_FALSE(answer.error().remedy.empty());
  }
}

TEST(Requester, LeavesAnUnknownResourceToTheCaller) {
  World world;
  world.http.answer(404, "");
  const auto answer = world.get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
}

TEST(Requester, WaitsForAQuotaOnlyWhenTheServerNamesAShortTime) {
  World patient, without, long_wait;
  patient.http.answer(429, "", 7);
  patient.http.answer(200, "good");
  EXPECT_TRUE(patient.get());
  EXPECT_EQ(patient.clock.passed, 7350ms) << "with half the jitter";

  without.http.answer(429, "");
  EXPECT_FALSE(without.get());
  EXPECT_EQ(without.http.requests.size(), 1u);

  long_wait.http.answer(429, "", 3600);
  EXPECT_FALSE(long_wait.get());
  EXPECT_EQ(long_wait.http.requests.size(), 1u);
}

TEST(Requester, AsksNothingBeforeTheTimeThatTheServiceNamedInAnEarlierRun) {
  World world;
  world.http.answer(429, "", 3600);
  EXPECT_FALSE(world.get());
  world.http.answers.clear();
  world.http.answer(200, "good");
  EXPECT_THAT(world.get().error().message, HasSubstr("left alone until 2026-01-15T13:02:30Z"));
  EXPECT_EQ(world.http.requests.size(), 1u);
  world.clock.passed += 2h;
  EXPECT_TRUE(world.get());
}

TEST(Requester, TakesTheTimeFromTheWordsOfAServiceThatNamesNoneInAHeader) {
  World world;
  world.http.answer(
      429,
      R"({"error":true,"reason":"Minutely API request limit exceeded. Please try again in one minute."})");
  EXPECT_FALSE(world.get());
  EXPECT_THAT(world.get().error().message, HasSubstr("left alone until 2026-01-15T12:01:03Z"));
}

TEST(Requester, AsksNothingBeyondTheQuotaUntilMidnight) {
  World world;
  world.quota = {2, 1};
  world.http.answer(200, "good");
  EXPECT_TRUE(world.get());
  world.live = false;
  EXPECT_THAT(world.get().error().message, HasSubstr("1 kept for runs that write"));
  world.live = true;
  EXPECT_TRUE(world.get());
  EXPECT_THAT(world.get().error().message, HasSubstr("2 calls of this UTC day are used up"));
  EXPECT_EQ(world.http.requests.size(), 2u);
  world.clock.passed += 12h;
  EXPECT_TRUE(world.get());
}

TEST(Requester, GivesARequestNoMoreThanTheTimeThatIsLeft) {
  World world;
  world.policy = {10, 5s, 10s, 20s, 0};
  world.http.answer(500, "");
  EXPECT_FALSE(world.get());
  EXPECT_EQ(world.http.requests.front().timeout, 20s);
  EXPECT_EQ(world.http.requests.back().timeout, 5s);
}

TEST(Requester, EndsAtASignal) {
  World world;
  world.signalled = true;
  world.http.answer(200, "good");
  EXPECT_EQ(world.get().error().code, Code::interrupted);
}

TEST(Requester, BlotsTheKeyOutOfWhatTheServerSays) {
  World world;
  world.http.answer(401, R"({"message":"key )" + secret + R"( unknown"})");
  EXPECT_THAT(world.get().error().message, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace wx::collector
