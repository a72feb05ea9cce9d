#include "collector/guard/guarded_http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <utility>

#include "tests/testkit/fake_clock.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* url = "http://db:8086/write?db=weather";

struct World {
  testkit::MemoryFileSystem files;
  testing::FakeHttp http;
  testkit::FakeClock clock;
  testing::FakeLog log;
  double random = 0.5;
  bool signalled = false;
  GuardPolicy policy{{3, 2s, 8s, 15s, 0}, {5, 300s, 1h}, 60s, false};

  // As another run makes it, or another process at the same time.
  GuardedHttp guard() {
    return {{http, files, clock, log, [this] { return random; }, [this] { return signalled; }},
            policy,
            "/state/stores"};
  }
  static HttpRequest to(const std::string& where) {
    HttpRequest request;
    request.url = where;
    return request;
  }
  Result<HttpResponse> ask() { return guard().send(to(url)); }
  std::size_t requests() { return std::exchange(http.requests, {}).size(); }
  ServerState state() { return guard().look_at(url); }
  void answers(long status, std::optional<std::int64_t> retry_after = {}) {
    http.answers.clear();
    http.answer(status, "", retry_after);
  }
  void open() {
    answers(503);
    while (state().state != BreakerState::open) ASSERT_TRUE(ask());
    requests();
  }
};

TEST(GuardedHttp, WritesNothingForAServerThatAnswers) {
  for (const long status : {204L, 400L, 401L, 403L, 404L, 413L, 422L}) {
    World world;
    world.answers(status);
    EXPECT_EQ(world.ask()->status, status);
    EXPECT_EQ(world.requests(), 1u) << status << " is never repeated";
    EXPECT_FALSE(world.files.info("/state"));
  }
}

TEST(GuardedHttp, TriesAgainWithFullJitter) {
  World world;
  world.http.answer(503, "");
  world.http.answers.emplace_back(Error{Code::unavailable, "refused"});
  world.http.answer(204, "");
  const auto before = world.clock.monotonic();
  EXPECT_EQ(world.ask()->status, 204);
  EXPECT_EQ(world.clock.monotonic() - before, 3s) << "half of 2 s, half of 4 s";
  EXPECT_EQ(world.state().breaker, Breaker{});
}

TEST(GuardedHttp, GivesUpAfterTheLastAttemptAndWithinTheBudgetOfTheRun) {
  World world;
  world.answers(503);
  EXPECT_EQ(world.ask()->status, 503);
  EXPECT_EQ(world.requests(), 3u);

  World slow;
  slow.policy.retry = {100, 2s, 8s, 15s, 0};
  slow.policy.breaker.failure_threshold = 1000;
  slow.random = 0.99;
  slow.answers(503);
  auto guard = slow.guard();
  const auto began = slow.clock.monotonic();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(guard.send(World::to(url))->status, 503);
  EXPECT_LT(slow.clock.monotonic() - began, 15s) << "all requests of a run share it";
}

TEST(GuardedHttp, NeverRepeatsAMissingRetentionPolicy) {
  World world;
  world.http.answer(500, "{\"error\":\"retention policy not found: autogen\"}");
  EXPECT_EQ(world.ask()->status, 500);
  EXPECT_EQ(world.requests(), 1u);
}

TEST(GuardedHttp, LeavesAServerAloneAcrossRunsAndThenTriesItOnce) {
  World world;
  world.open();
  const auto refused = world.ask();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_THAT(refused.error().message,
              HasSubstr("http://db:8086 failed 5 times and is left alone until 2026-"));
  EXPECT_EQ(world.requests(), 0u);
  EXPECT_TRUE(world.guard().send(World::to("http://other:8086/write"))) << "another server is another matter";
  world.requests();
  world.clock.advance(300s);
  EXPECT_EQ(world.ask()->status, 503);
  EXPECT_EQ(world.requests(), 1u) << "one probe, no retries";
  EXPECT_FALSE(world.ask());
  world.clock.advance(300s);
  world.answers(204);
  EXPECT_TRUE(world.ask());
  EXPECT_EQ(world.state().breaker, Breaker{});
}

TEST(GuardedHttp, LetsOneProcessProbeAtATime) {
  World world;
  world.open();
  world.clock.advance(300s);
  BreakerFile file(world.files, "/state/stores", "http://db:8086");
  {
    const auto other = file.lock_probe();
    ASSERT_TRUE(other);
    const auto refused = world.ask();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("another process tries"));
    EXPECT_EQ(world.requests(), 0u);
  }
  static_cast<void>(world.ask());
  EXPECT_EQ(world.requests(), 1u);
}

TEST(GuardedHttp, TriesAtOnceWhenAPersonAsksUnlessTheServerAskedForRest) {
  World world;
  world.open();
  world.policy.by_hand = true;
  world.answers(204);
  EXPECT_TRUE(world.ask());
  EXPECT_EQ(world.state().breaker, Breaker{});
  world.answers(429, 600);
  static_cast<void>(world.ask());
  world.requests();
  const auto refused = world.ask();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("asked to be left alone until"));
  EXPECT_EQ(world.requests(), 0u);
}

TEST(GuardedHttp, ObeysRetryAfterAcrossRunsAndWaitsForAShortOne) {
  World world;
  world.answers(503, 3600);
  static_cast<void>(world.ask());
  EXPECT_EQ(world.requests(), 1u);
  EXPECT_FALSE(world.ask());
  EXPECT_EQ(world.requests(), 0u);
  world.clock.advance(3600s);
  world.http.answers.clear();
  world.http.answer(503, "", 4);
  world.http.answer(204, "");
  const auto before = world.clock.monotonic();
  EXPECT_EQ(world.ask()->status, 204);
  EXPECT_EQ(world.clock.monotonic() - before, 4s);
}

TEST(GuardedHttp, ARetryAfterOfThePastOrFarFutureIsClamped) {
  World world;
  world.answers(503, -500);
  static_cast<void>(world.ask());
  EXPECT_EQ(world.requests(), 3u);
  EXPECT_EQ(world.state().state, BreakerState::closed);
  world.answers(503, std::numeric_limits<std::int64_t>::max());
  static_cast<void>(world.ask());
  EXPECT_EQ(world.state().breaker.rest, 1h);
}

TEST(GuardedHttp, ASignalEndsTheWaiting) {
  World world;
  world.answers(503);
  auto guard = world.guard();
  world.clock.at(world.clock.monotonic() + 500ms, [&] { world.signalled = true; });
  EXPECT_EQ(guard.send(World::to(url))->status, 503);
  EXPECT_EQ(world.requests(), 1u);
}

TEST(GuardedHttp, AClockThatWentBackDoesNotKeepItShut) {
  World world;
  world.open();
  world.clock.jump(-24h * 365);
  world.answers(204);
  EXPECT_TRUE(world.ask());
}

TEST(GuardedHttp, ADamagedOrUnwritableStateIsAServerThatAnswers) {
  World world;
  world.open();
  const auto names = *world.files.list("/state/stores");
  for (const auto& name : names)
    if (name.ends_with(".json")) world.files.put("/state/stores/" + name, "{\"server\": 1");
  world.answers(204);
  EXPECT_TRUE(world.ask());
  World unwritable;
  unwritable.files.put("/state", "a file");
  unwritable.answers(503);
  EXPECT_EQ(unwritable.ask()->status, 503);
  EXPECT_EQ(unwritable.requests(), 3u);
}

}  // namespace
}  // namespace wx::collector
