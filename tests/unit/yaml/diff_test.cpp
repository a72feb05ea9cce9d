#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/yaml/merge.hpp"

namespace wx::yaml {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MaskedDiff, EqualTextsHaveNone) {
  EXPECT_EQ(masked_diff("", "", "c.yml"), "");
  EXPECT_EQ(masked_diff("a: 1\n", "a: 1\n", "c.yml"), "");
}

TEST(MaskedDiff, IsUnifiedWithThreeLinesOfContext) {
  EXPECT_EQ(masked_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "c.yml"),
            "--- c.yml\n+++ c.yml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(MaskedDiff, NearChangesShareAHunkAndFarOnesDoNot) {
  EXPECT_EQ(masked_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", "c"),
            "--- c\n+++ c\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
  EXPECT_EQ(masked_diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", "c"),
            "--- c\n+++ c\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

TEST(MaskedDiff, AddedAndRemovedLinesMoveTheNumbersOfTheOtherSide) {
  EXPECT_EQ(masked_diff("", "a\nb\n", "c"), "--- c\n+++ c\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(masked_diff("a\n", "", "c"), "--- c\n+++ c\n@@ -1 +0,0 @@\n-a\n");
  EXPECT_EQ(masked_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\nz\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n", "c"),
            "--- c\n+++ c\n@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -7,4 +8,3 @@\n 7\n 8\n 9\n-z\n");
}

TEST(MaskedDiff, SecretValuesAreNeverShownAsContextOrAsChange) {
  const std::string before =
      "api_key: hunter2-a\nlist:\n- token: hunter2-b\n  name: shown-1\nauth: {user: u, password: hunter2-c}\n"
      "# secret: hunter2-d\nkeys:\n- hunter2-e\n- hunter2-f\ncredential: |\n  hunter2-g\n\n  hunter2-h\n"
      "url: http://me:hunter2-i@db/\n\"webhook\":\"hunter2-j\"\nshown-2: 1\n";
  std::string after = before + "more: shown-3\n";
  after.replace(after.find("hunter2-a"), 9, "hunter2-z");
  const std::string diff = masked_diff(before, after, "c.yml");
  EXPECT_THAT(diff, Not(HasSubstr("hunter2")));
  EXPECT_THAT(diff, HasSubstr("-api_key: ***\n+api_key: ***\n"));
  EXPECT_THAT(diff, HasSubstr("+more: shown-3\n"));
  const std::string whole = masked_diff("", before, "c.yml");
  EXPECT_THAT(whole, Not(HasSubstr("hunter2")));
  EXPECT_THAT(whole, HasSubstr("+  name: shown-1\n"));
  EXPECT_THAT(whole, HasSubstr("+auth: {user: u, password: ***\n"));
  EXPECT_THAT(whole, HasSubstr("+url: http://***@db/\n"));
  EXPECT_THAT(whole, HasSubstr("+shown-2: 1\n"));
}

TEST(MaskedDiff, TextsTooLargeToCompareAreShownAsReplaced) {
  std::string before = "same\n";
  std::string after = "same\n";
  for (int i = 0; i < 3000; ++i) {
    before += "b" + std::to_string(i) + "\n";
    after += "a" + std::to_string(i) + "\n";
  }
  const std::string diff = masked_diff(before, after, "c");
  EXPECT_THAT(diff, HasSubstr("@@ -1,3001 +1,3001 @@\n same\n-b0\n"));
  EXPECT_THAT(diff, HasSubstr("-b2999\n+a0\n"));
}

}  // namespace
}  // namespace wx::yaml
