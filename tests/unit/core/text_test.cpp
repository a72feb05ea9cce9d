#include "common/core/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx {
namespace {

using ::testing::ElementsAre;

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,b,c", ','), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split(",a,,", ','), ElementsAre("", "a", "", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Join, IsTheReverseOfSplit) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a", "a", "a"}, ", "), "a, a, a");
  for (const std::string text : {"", ",", "a", ",a,,b"}) EXPECT_EQ(join(split(text, ','), ","), text);
}

TEST(Trim, TakesBlanksOffBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("\n \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(ToLower, ChangesAsciiOnly) {
  EXPECT_EQ(to_lower("API_Key-\xC3\x84"), "api_key-\xC3\x84");
}

TEST(Plural, FollowsTheNumber) {
  EXPECT_EQ(plural(0, "run"), "0 runs");
  EXPECT_EQ(plural(1, "run"), "1 run");
  EXPECT_EQ(plural(3, "run"), "3 runs");
  EXPECT_EQ(plural(2, "entry"), "2 entries");
  EXPECT_EQ(plural(2, "day"), "2 days");
  EXPECT_EQ(plural(2, "switch"), "2 switches");
}

TEST(Paths, HaveABaseNameAndAParent) {
  EXPECT_EQ(base_name("/a/b.txt"), "b.txt");
  EXPECT_EQ(base_name("b.txt"), "b.txt");
  EXPECT_EQ(base_name("/a/b/"), "b");
  EXPECT_EQ(base_name("/"), "/");
  EXPECT_EQ(parent_path("/a/b.txt"), "/a");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("/"), "/");
  EXPECT_EQ(parent_path("a"), ".");
  EXPECT_EQ(parent_path("a/b"), "a");
  EXPECT_EQ(parent_path("/a//b"), "/a");
  EXPECT_EQ(parent_path("/a/b/"), "/a");
}

TEST(Printable, TurnsControlCharactersIntoSpaces) {
  EXPECT_EQ(printable("a\tb\nc\x7F", 100), "a b c ");
  EXPECT_EQ(printable("\x1B[31mred", 100), " [31mred");
  EXPECT_EQ(printable(std::string_view("a\0b", 3), 100), "a b");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "b",
                      100),
            "a b")
      << "the control sequence introducer in C1";
}

TEST(Printable, LeavesOtherLettersAlone) {
  const std::string text = "Zürich 東京 🌦";
  EXPECT_EQ(printable(text, 100), text);
}

TEST(Printable, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(printable("a\xFF"
                      "b",
                      100),
            "a?b");
  EXPECT_EQ(printable("\xC3", 100), "?") << "cut short";
  EXPECT_EQ(printable("\xC0\xAF", 100), "??") << "overlong";
  EXPECT_EQ(printable("\xED\xA0\x80", 100), "???") << "a surrogate";
  EXPECT_EQ(printable("\xF4\x90\x80\x80", 100), "????") << "beyond Unicode";
  EXPECT_EQ(printable("\xF0\x80\x80\xAF", 100), "????") << "overlong, four bytes";
}

TEST(Printable, NeverCutsALetterInHalf) {
  EXPECT_EQ(printable("äöü", 3), "ä");
  EXPECT_EQ(printable("äöü", 4), "äö");
  EXPECT_EQ(printable("abc", 0), "");
  EXPECT_EQ(printable(std::string(1'000'000, 'x'), 10), "xxxxxxxxxx");
}

TEST(IsSecretName, KnowsTheUsualNames) {
  for (const std::string_view name : {"api_key", "MET_OFFICE_API_KEY", "TOKEN", "client_secret", "password",
                                      "dbPassword", "influx_token_file", "webhook_url"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
  for (const std::string_view name : {"", "bucket", "timeout", "url", "version", "pass"}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
}

}  // namespace
}  // namespace wx
