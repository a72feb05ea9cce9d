#include "common/core/suggest.hpp"

#include <gtest/gtest.h>

namespace wx {
namespace {

const std::vector<std::string> verbs{"deploy", "promote", "pause", "rollback", "status", "validate"};

TEST(Nearest, FindsWhatWasMistyped) {
  EXPECT_EQ(nearest("deplyo", verbs), "deploy") << "two letters swapped";
  EXPECT_EQ(nearest("stats", verbs), "status") << "a letter missing";
  EXPECT_EQ(nearest("paause", verbs), "pause") << "a letter too many";
  EXPECT_EQ(nearest("rollbeck", verbs), "rollback") << "a wrong letter";
  EXPECT_EQ(nearest("promote", verbs), "promote") << "the name itself";
}

TEST(Nearest, CountsASwapAsOneStep) {
  // By insertions and deletions alone it would be two of four letters.
  EXPECT_EQ(nearest("mdoe", {"mode"}), "mode");
  EXPECT_EQ(nearest("nm", {"mn"}), "") << "one step of two letters is more than a third";
}

TEST(Nearest, IsEmptyWhenNoneIsNear) {
  EXPECT_EQ(nearest("xyzzy", verbs), "");
  EXPECT_EQ(nearest("", verbs), "");
  EXPECT_EQ(nearest("deploy", {}), "");
}

TEST(Nearest, AllowsAThirdOfTheLengthAndNoMore) {
  EXPECT_EQ(nearest("abXdeY", {"abcdef"}), "abcdef");
  EXPECT_EQ(nearest("XbXdeY", {"abcdef"}), "");
}

TEST(Nearest, PrefersTheCloserThenTheFirst) {
  EXPECT_EQ(nearest("slot-b", {"slot-xb", "slot-bx", "slot-b1"}), "slot-xb");
  EXPECT_EQ(nearest("timeout", {"timeouts1", "timeouts"}), "timeouts");
}

TEST(Nearest, DoesNotMeasureEndlessWords) {
  const std::string endless(100'000, 'a');
  EXPECT_EQ(nearest(endless, {endless}), "");
  EXPECT_EQ(nearest("a", {endless}), "");
}

TEST(Suggestion, NamesTheNearestOrLists) {
  EXPECT_EQ(suggestion("deplyo", verbs), " (did you mean \"deploy\"?)");
  EXPECT_EQ(suggestion("xyzzy", {"mirror", "split"}), " (known: mirror, split)");
  EXPECT_EQ(suggestion("xyzzy", {"mirror", "split", "mirror"}), " (known: mirror, split)");
  EXPECT_EQ(suggestion("xyzzy", {}), "");
}

TEST(Suggestion, ListsTwentyAtMost) {
  std::vector<std::string> many;
  for (int i = 10; i < 60; ++i) many.push_back("name-" + std::to_string(i));
  const auto text = suggestion("xyzzy", many);
  EXPECT_NE(text.find("name-29, …"), std::string::npos) << text;
  EXPECT_EQ(text.find("name-30"), std::string::npos) << text;
}

}  // namespace
}  // namespace wx
