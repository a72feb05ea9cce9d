#include "collector/domain/quota.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/sources/quota_file.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using testing::noon;

TEST(Quota, CountsByUtcDayAndGoesOnWhenTheClockGoesBack) {
  auto use = after_call(after_call({}, noon()), noon());
  EXPECT_EQ(calls_today(use, noon() + 11h), 2);
  EXPECT_EQ(calls_today(use, noon() + 12h), 0);
  EXPECT_EQ(calls_today(use, noon() - 24h), 2);
  EXPECT_EQ(after_call(use, noon() + 12h).calls, 1);
}

TEST(Quota, KeepsTheLastCallsForRunsThatWrite) {
  QuotaUse use;
  for (int i = 0; i < 8; ++i) use = after_call(use, noon());
  EXPECT_FALSE(is_left(use, {10, 2}, false, noon()));
  EXPECT_TRUE(is_left(use, {10, 2}, true, noon()));
  EXPECT_FALSE(is_left(use, {8, 2}, true, noon()));
  EXPECT_TRUE(is_left(use, {0, 0}, false, noon())) << "no limit";
}

TEST(Quota, RestsAsLongAsAskedWithinADayElseUntilMidnight) {
  EXPECT_EQ(rest_after(600, noon(), 0), 600s);
  EXPECT_EQ(rest_after(600, noon(), 0.5), 630s);
  EXPECT_EQ(rest_after(10'000'000, noon(), 0), 24h);
  EXPECT_EQ(rest_after(-5, noon(), 0), 0s);
  EXPECT_EQ(rest_after(std::nullopt, noon(), 0), 12h);
  EXPECT_EQ(rest_after(std::nullopt, noon() + 12h, 0), 24h);
}

TEST(Quota, DoesNotRestWhenTheClockWentBackToBeforeItWasAsked) {
  const QuotaUse use{0, 0, noon(), 1h};
  EXPECT_TRUE(is_resting(use, noon() + 59min));
  EXPECT_FALSE(is_resting(use, noon() + 1h));
  EXPECT_FALSE(is_resting(use, noon() - 1s));
}

TEST(QuotaFile, RemembersWithoutTheKeyAndTakesDamageForNothing) {
  testkit::MemoryFileSystem files;
  const auto open = [&](const std::string& who) { return QuotaFile(files, "/state/quota", who, false); };
  ASSERT_TRUE(open("secret-a").update([](const QuotaUse& use) { return after_call(use, noon()); }));
  EXPECT_EQ(open("secret-a").load().calls, 1);
  EXPECT_EQ(open("secret-b").load().calls, 0);
  const auto names = files.list("/state/quota");
  ASSERT_TRUE(names);
  for (const auto& name : *names) {
    EXPECT_EQ(name.find("secret"), std::string::npos);
    const auto path = "/state/quota/" + name;
    if (!name.ends_with(".json")) continue;
    EXPECT_EQ(files.info(path)->mode, 0600u);
    ASSERT_TRUE(files.write(path, "{\"day\":[}", 0600));
  }
  EXPECT_EQ(open("secret-a").load(), QuotaUse{});
}

}  // namespace
}  // namespace wx::collector
