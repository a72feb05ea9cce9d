#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "common/yaml/document.hpp"
#include "common/yaml/merge.hpp"

namespace wx::yaml {
namespace {

using testing::HasSubstr;

std::string set(std::string_view text, const std::string& path, const std::string& value) {
  auto result = set_values("live.yml", text, {{path, value}});
  return result ? std::move(result).value() : "error: " + result.error().message;
}

TEST(SetValues, ReplacesAScalarAndNothingElse) {
  const std::string text = "# c\ninfluxdb:\n   url:   x # why\n   bucket: \"main\"   # keep\nlast: 1";
  EXPECT_EQ(set(text, "influxdb.bucket", "green"),
            "# c\ninfluxdb:\n   url:   x # why\n   bucket: \"green\"   # keep\nlast: 1");
  EXPECT_EQ(set("\xEF\xBB\xBF"
                "a: b\r\nc: d\r\n",
                "a", "e"),
            "\xEF\xBB\xBF"
            "a: e\r\nc: d\r\n");
}

TEST(SetValues, WordsStayPlainAndEverythingElseIsQuoted) {
  EXPECT_EQ(set("a: b\n", "a", "word-1.x"), "a: word-1.x\n");
  for (const char* value : {"true", "No", "null", "12", "1e3", "~", "", "a b", "a: b", "#x", "/path", "*x"}) {
    EXPECT_EQ(set("a: b\n", "a", value), "a: \"" + std::string(value) + "\"\n");
  }
  EXPECT_EQ(set("a: b\n", "a", "\"\\\n"), "a: \"\\\"\\\\\\n\"\n");
  EXPECT_EQ(set("a: 'b'\n", "a", "word"), "a: \"word\"\n");
}

TEST(SetValues, NumbersAndBooleansThatWerePlainStayPlain) {
  EXPECT_EQ(set("port: 80\n", "port", "8086"), "port: 8086\n");
  EXPECT_EQ(set("port: \"80\"\n", "port", "8086"), "port: \"8086\"\n");
  EXPECT_EQ(set("on: true\n", "on", "false"), "on: false\n");
  EXPECT_EQ(set("version: 1.2.3\n", "version", "1"), "version: \"1\"\n");
}

TEST(SetValues, AddsWhatIsMissing) {
  EXPECT_EQ(set("a: 1\n", "b", "x"), "a: 1\nb: x\n");
  EXPECT_EQ(set("a: 1", "b", "x"), "a: 1\nb: x\n");
  EXPECT_EQ(set("m:\n    a: 1\n\nn: 2\n", "m.b", "x"), "m:\n    a: 1\n    b: x\n\nn: 2\n");
  EXPECT_EQ(set("a: 1\n", "m.n.o", "x"), "a: 1\nm:\n  n:\n    o: x\n");
  EXPECT_EQ(set("", "m.n", "x"), "m:\n  n: x\n");
  EXPECT_EQ(set("# c\n", "m", "x"), "# c\nm: x\n");
  EXPECT_EQ(set("m: {a: 1}\n", "m.b.c", "x"), "m: {a: 1, b: {c: x}}\n");
}

TEST(SetValues, FillsEmptyValues) {
  EXPECT_EQ(set("a:\nb: 1\n", "a", "x"), "a: x\nb: 1\n");
  EXPECT_EQ(set("a: ~ # c\n", "a", "x"), "a: x # c\n");
  EXPECT_EQ(set("a: null\n", "a", "x"), "a: x\n");
  EXPECT_EQ(set("m:  # c\nb: 1\n", "m.n", "x"), "m: {n: x}  # c\nb: 1\n");
  EXPECT_EQ(set("\"a:b\":\n", "a:b", "x"), "\"a:b\": x\n");
}

TEST(SetValues, ReplacesWithinAFlowMap) {
  EXPECT_EQ(set("m: {a: one, b: 'it''s', c: \"}\"}\n", "m.a", "x"), "m: {a: x, b: 'it''s', c: \"}\"}\n");
  EXPECT_EQ(set("m: {a: one, b: 'it''s'}\n", "m.b", "x y"), "m: {a: one, b: \"x y\"}\n");
}

TEST(SetValues, SetsSeveralValuesInOrder) {
  const auto result = set_values("live.yml", "a: b\n", {{"a", "one"}, {"m.x", "two"}, {"m.y", "three"}});
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "a: one\nm:\n  x: two\n  y: three\n");
}

TEST(SetValues, SettingTheSameAgainChangesNothing) {
  const std::string once = set("m:\n  a: 1\n", "m.b.c", "x y");
  EXPECT_EQ(set(once, "m.b.c", "x y"), once);
}

TEST(SetValues, WhatCannotBeSetIsRefusedWithItsPlace) {
  EXPECT_THAT(set("m: [a]\n", "m", "x"), HasSubstr("live.yml:1:4: cannot set m: it is a list"));
  EXPECT_THAT(set("m: {a: 1}\n", "m", "x"), HasSubstr("it is a map"));
  EXPECT_THAT(set("m: word\n", "m.a", "x"), HasSubstr("live.yml:1:4: cannot set m.a: m is no map"));
  EXPECT_THAT(set("m: |\n  two\n  lines\n", "m", "x"), HasSubstr("several lines"));
  EXPECT_THAT(set("m: two\n  lines\n", "m", "x"), HasSubstr("several lines"));
  EXPECT_THAT(set("- a\n", "m", "x"), HasSubstr("live.yml:1:1: expected a map"));
  EXPECT_THAT(set("a: 1\n", "a..b", "x"), HasSubstr("no path of a key"));
  EXPECT_THAT(set("a: 1\n", "", "x"), HasSubstr("no path of a key"));
}

TEST(SetValues, MessagesDoNotTellTheValue) {
  EXPECT_THAT(set("m: [a]\n", "m", "hunter2"), testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace wx::yaml
