#include "orchestrator/domain/variables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx {
namespace {

using testing::ElementsAre;

const Variables known{{"state", "/srv/state"}, {"bucket", "tides"}, {"odd", "${bucket}"}};

TEST(Variables, AreReplacedWhereverTheyStand) {
  EXPECT_EQ(*expand("${state}/cache-${bucket}.json", known), "/srv/state/cache-tides.json");
  EXPECT_EQ(*expand("${bucket}${bucket}", known), "tidestides");
  EXPECT_EQ(*expand("nothing", known), "nothing");
  EXPECT_EQ(*expand("", known), "");
}

TEST(Variables, AreReplacedOnce) {
  EXPECT_EQ(*expand("${odd}", known), "${bucket}");
}

TEST(Variables, LeaveDollarsThatBeginNoVariable) {
  EXPECT_EQ(*expand("5$$", known), "5$");
  EXPECT_EQ(*expand("$${state}", known), "${state}");
  EXPECT_EQ(*expand("$HOME costs 5$", known), "$HOME costs 5$");
}

TEST(Variables, ThatNobodyKnowsAreRefusedWithTheNearestName) {
  const auto expanded = expand("${stat}", known);
  ASSERT_FALSE(expanded);
  EXPECT_EQ(expanded.error().code, Code::invalid);
  EXPECT_EQ(expanded.error().message, "unknown variable ${stat} (did you mean \"state\"?)");
  EXPECT_FALSE(expand("${}", known));
}

TEST(Variables, ThatAreUnfinishedAreRefused) {
  const auto expanded = expand("a ${state", known);
  ASSERT_FALSE(expanded);
  EXPECT_EQ(expanded.error().message, "unfinished ${ in \"a ${state\"");
  EXPECT_EQ(expanded.error().remedy, "close it with }, or write $$ for a dollar");
}

TEST(Variables, AreReplacedInEveryWordOrInNone) {
  EXPECT_THAT(*expand_all({"a", "${bucket}"}, known), ElementsAre("a", "tides"));
  EXPECT_FALSE(expand_all({"${bucket}", "${none}"}, known));
}

TEST(Variables, CanBeCheckedWithoutValues) {
  EXPECT_TRUE(check_variables("${state} $${what}", {"state"}));
  EXPECT_FALSE(check_variables("${bucket}", {"state"}));
  EXPECT_FALSE(check_variables("${state", {"state"}));
}

TEST(Variables, OfAManifestAreThoseOfTheContract) {
  EXPECT_THAT(manifest_variables(), ElementsAre("app", "slot", "role", "release", "config", "bucket", "store",
                                                "state", "shared", "data", "rollout"));
}

}  // namespace
}  // namespace wx
