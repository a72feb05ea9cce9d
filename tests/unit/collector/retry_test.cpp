#include "collector/domain/retry.hpp"

#include <gtest/gtest.h>

namespace wx::collector {
namespace {

using namespace std::chrono_literals;

const RetryPolicy policy{5, 5s, 30s, 300s, 0};

TEST(Retry, DoublesTheWaitUpToItsLimit) {
  EXPECT_EQ(next_wait(policy, {1, 0s, {}, 0.5}), 5s);
  EXPECT_EQ(next_wait(policy, {2, 0s, {}, 0.5}), 10s);
  EXPECT_EQ(next_wait(policy, {3, 0s, {}, 0.5}), 20s);
  EXPECT_EQ(next_wait(policy, {4, 0s, {}, 0.5}), 30s);
}

TEST(Retry, EndsWithTheLastAttempt) {
  EXPECT_FALSE(next_wait(policy, {5, 0s, {}, 0.5}));
}

TEST(Retry, EndsWhenTheTotalTimeWouldBeExceeded) {
  EXPECT_TRUE(next_wait(policy, {1, 294s, {}, 0.5}));
  EXPECT_FALSE(next_wait(policy, {1, 295s, {}, 0.5}));
}

TEST(Retry, WaitsAsLongAsTheServerAskedFor) {
  EXPECT_EQ(next_wait(policy, {1, 0s, 12s, 0.5}), 12s);
  EXPECT_EQ(next_wait(policy, {1, 0s, 1s, 0.5}), 5s);
}

TEST(Retry, VariesTheWaitByTheJitter) {
  auto jittered = policy;
  jittered.jitter = 0.2;
  EXPECT_EQ(next_wait(jittered, {1, 0s, {}, 0.0}), 4s);
  EXPECT_EQ(next_wait(jittered, {1, 0s, {}, 0.5}), 5s);
  EXPECT_GT(next_wait(jittered, {1, 0s, {}, 0.999}), 5900ms);
}

}  // namespace
}  // namespace wx::collector
