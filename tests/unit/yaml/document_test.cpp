#include "common/yaml/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace wx::yaml {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Node parsed(std::string_view text) {
  auto node = parse("ticks.yaml", text);
  EXPECT_TRUE(node) << node.error().message;
  return std::move(node).value();
}

std::string refusal(std::string_view text) {
  const auto node = parse("ticks.yaml", text);
  if (node) return "(accepted)";
  EXPECT_EQ(node.error().code, Code::invalid);
  EXPECT_FALSE(node.error().remedy.empty());
  return node.error().message;
}

TEST(Yaml, NodesKnowTheirPlaceFromOne) {
  const Node root = parsed("# top\nname: ticks\nprogram:\n  timeout: 30s\n  argv: [a, b]\n");
  EXPECT_EQ(root.mark().text(), "ticks.yaml:2:1");
  const Node program = root.find("program").value();
  EXPECT_EQ(program.mark().text(), "ticks.yaml:4:3");
  EXPECT_EQ(program.find("timeout")->mark().text(), "ticks.yaml:4:12");
  EXPECT_EQ(program.find("argv")->items()[1].mark().text(), "ticks.yaml:5:13");
}

TEST(Yaml, EntriesKeepTheOrderOfTheFile) {
  const Node root = parsed("z: 1\na: 2\nm: 3\n");
  std::string order;
  for (const auto& [key, value] : root.entries()) order += key.scalar() + value.scalar();
  EXPECT_EQ(order, "z1a2m3");
}

TEST(Yaml, ANodeOutlivesTheDocumentItCameFrom) {
  const Node leaf = parsed("a: {b: deep}").find("a")->find("b").value();
  EXPECT_EQ(leaf.scalar(), "deep");
  EXPECT_EQ(leaf.mark().text(), "ticks.yaml:1:8");
}

TEST(Yaml, QuotedScalarsAreMarkedAsText) {
  const Node root = parsed("a: \"true\"\nb: true\nc: 'x'\nd: !!str 5\n");
  EXPECT_TRUE(root.find("a")->quoted());
  EXPECT_FALSE(root.find("b")->quoted());
  EXPECT_TRUE(root.find("c")->quoted());
  EXPECT_TRUE(root.find("d")->quoted());
}

TEST(Yaml, AnEmptyTextIsANullNode) {
  EXPECT_EQ(parsed("").kind(), Kind::null);
  EXPECT_EQ(parsed("# nothing but a comment\n").kind(), Kind::null);
  EXPECT_EQ(parsed("").mark().text(), "ticks.yaml:1:1");
}

TEST(Yaml, AnEmptyValueIsPlacedAtItsKey) {
  const Node root = parsed("a: 1\nempty:\nlast: 2\n");
  EXPECT_EQ(root.find("empty")->kind(), Kind::null);
  EXPECT_EQ(root.find("empty")->mark().text(), "ticks.yaml:2:1");
}

TEST(Yaml, ByteOrderMarkAndCrlfAreRead) {
  const Node root = parsed("\xEF\xBB\xBFname: ticks\r\nother: x\r\n");
  EXPECT_EQ(root.find("name")->scalar(), "ticks");
  EXPECT_EQ(root.find("other")->mark().text(), "ticks.yaml:2:8");
}

TEST(Yaml, DuplicateKeysAreRefusedWithBothPlaces) {
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "ticks.yaml:3:1: duplicate key \"a\", first given in line 1");
  EXPECT_EQ(refusal("m: {x: 1, x: 2}\n"), "ticks.yaml:1:11: duplicate key \"x\", first given in line 1");
}

TEST(Yaml, TheSameKeyInTwoMapsIsFine) {
  EXPECT_EQ(parsed("a: {x: 1}\nb: {x: 2}\n").entries().size(), 2u);
}

TEST(Yaml, AnchorsAndAliasesAreRefused) {
  EXPECT_THAT(refusal("a: &base 1\n"), StartsWith("ticks.yaml:1:4: anchors and aliases are not supported"));
  EXPECT_THAT(refusal("a: 1\nb: *base\n"), StartsWith("ticks.yaml:2:4: "));
}

TEST(Yaml, ForeignTagsAreRefusedAndCoreTagsAreRead) {
  EXPECT_THAT(refusal("a: !secret x\n"), StartsWith("ticks.yaml:1:4: the tag \"!secret\" is not supported"));
  EXPECT_THAT(refusal("a: !!python/object:os.system x\n"), HasSubstr("is not supported"));
  EXPECT_THAT(refusal("a: !!map x\n"), HasSubstr("!!map does not fit a scalar"));
  EXPECT_THAT(refusal("a: !!int [1]\n"), HasSubstr("!!int does not fit a list"));
  EXPECT_EQ(parsed("a: !!int 5\n").find("a")->scalar(), "5");
}

TEST(Yaml, SeveralDocumentsAreRefused) {
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"), "ticks.yaml:2:1: a second document begins here, expected only one");
  EXPECT_EQ(parsed("---\na: 1\n...\n").entries().size(), 1u);
}

TEST(Yaml, NestingDeeperThanTheLimitIsRefused) {
  EXPECT_EQ(parsed(std::string(32, '[') + std::string(32, ']')).kind(), Kind::sequence);
  EXPECT_EQ(refusal(std::string(33, '[') + std::string(33, ']')),
            "ticks.yaml:1:33: nested deeper than 32 levels");
  EXPECT_NE(refusal(std::string(100'000, '[')), "(accepted)");
}

TEST(Yaml, MoreThanOneMebibyteIsRefused) {
  EXPECT_THAT(refusal("a: " + std::string(1u << 20, 'x')), HasSubstr("the limit is 1 MiB"));
}

TEST(Yaml, SyntaxErrorsNameTheirPlace) {
  EXPECT_THAT(refusal("a: 1\nb: [1, 2\nc: 3\n"), StartsWith("ticks.yaml:"));
  EXPECT_EQ(refusal("a: \"no end\n"), "ticks.yaml:1:4: this text in quotes has no end");
  EXPECT_EQ(refusal("a: 'it''s\n"), "ticks.yaml:1:4: this text in quotes has no end");
  EXPECT_EQ(parsed("a: 'it''s'\n").find("a")->scalar(), "it's");
  EXPECT_THAT(refusal("a: b: c\n"), StartsWith("ticks.yaml:1:"));
  EXPECT_NE(refusal("a: 1\n]\n"), "(accepted)");
  EXPECT_NE(refusal("a: 1\n- b\n"), "(accepted)");
  EXPECT_NE(refusal("a: @x\n"), "(accepted)");
}

TEST(Yaml, TabsInIndentationAreRefused) {
  EXPECT_THAT(refusal("a:\n\tb: 1\n"), StartsWith("ticks.yaml:2:"));
  EXPECT_THAT(refusal("a:\n  b: 1\n \tc: 1\n"), StartsWith("ticks.yaml:3:"));
  EXPECT_EQ(parsed("a:\t1\n").find("a")->scalar(), "1");
}

TEST(Yaml, BytesThatAreNoTextAreRefusedAtTheirPlace) {
  EXPECT_EQ(refusal("a: 1\nb: \xFF\n"), "ticks.yaml:2:4: this byte is not UTF-8 text");
  EXPECT_EQ(refusal("a: \xED\xA0\x80\n"), "ticks.yaml:1:4: this byte is not UTF-8 text");
  EXPECT_EQ(refusal(std::string_view("a: \0\n", 5)), "ticks.yaml:1:4: this byte is not UTF-8 text");
  EXPECT_EQ(parsed("a: Zürich €\n").find("a")->scalar(), "Zürich €");
}

TEST(Yaml, KeysThatAreNoTextAreRefused) {
  EXPECT_THAT(refusal("? [a, b]\n: 1\n"), HasSubstr("a key must be a word or a text"));
}

class YamlMap : public testing::Test {
 protected:
  Map map(std::string_view text) { return Map(parsed(text), "the manifest", problems); }
  Problems problems;
};

TEST_F(YamlMap, GivesValuesOfTheirTypes) {
  Map m =
      map("name: ticks\nargv: [run, 1]\nwatch: true\ncount: -3\nratio: 0.25\ntimeout: 5m\nmode: "
          "mirror\nextra: {a: 1}\n");
  EXPECT_EQ(m.required_string("name"), "ticks");
  EXPECT_THAT(m.required_strings("argv"), ElementsAre("run", "1"));
  EXPECT_EQ(m.optional_bool("watch"), true);
  EXPECT_EQ(m.optional_int("count"), -3);
  EXPECT_EQ(m.optional_double("ratio"), 0.25);
  EXPECT_EQ(m.optional_duration("timeout"), std::chrono::minutes(5));
  EXPECT_EQ(m.optional_choice("mode", {"split", "mirror"}), "mirror");
  EXPECT_TRUE(m.required_node("extra").has_value());
  m.finish();
  EXPECT_THAT(problems.lines(), IsEmpty());
  EXPECT_TRUE(problems.status());
}

TEST_F(YamlMap, AbsentOptionalKeysAreNotProblems) {
  Map m = map("empty:\nname: x\n");
  EXPECT_EQ(m.optional_string("empty"), std::nullopt);
  EXPECT_EQ(m.optional_int("absent"), std::nullopt);
  EXPECT_EQ(m.optional_node("empty"), std::nullopt);
  EXPECT_THAT(m.optional_strings("absent"), IsEmpty());
  EXPECT_TRUE(problems.empty());
  EXPECT_TRUE(m.has("empty"));
  EXPECT_FALSE(m.has("absent"));
}

TEST_F(YamlMap, ANumberForATextStaysAsItIsWritten) {
  EXPECT_EQ(map("version: 1.10\n").required_string("version"), "1.10");
}

TEST_F(YamlMap, AMissingKeyIsReportedAtTheMap) {
  Map m = map("a: 1\n");
  EXPECT_EQ(m.required_string("name"), "");
  EXPECT_THAT(problems.lines(), ElementsAre("ticks.yaml:1:1: key \"name\" is missing in the manifest"));
}

TEST_F(YamlMap, AnEmptyValueOfARequiredKeyIsAProblem) {
  Map m = map("name:\nother: ''\nlist: []\n");
  m.required_string("name");
  m.required_string("other");
  m.required_strings("list");
  EXPECT_THAT(problems.lines(), ElementsAre("ticks.yaml:1:1: name must have a value, it is empty",
                                            "ticks.yaml:2:8: other must have a value, it is empty",
                                            "ticks.yaml:3:7: list must have at least one item"));
}

TEST_F(YamlMap, AWrongKindNamesBothKinds) {
  Map m = map("name: [a]\nargv: run\nlist: [{}]\n");
  m.required_string("name");
  m.required_strings("argv");
  m.optional_strings("list");
  EXPECT_THAT(problems.lines(), ElementsAre("ticks.yaml:1:7: name must be a text, not a list",
                                            "ticks.yaml:2:7: argv must be a list of texts, not \"run\"",
                                            "ticks.yaml:3:8: an item of list must be a text, not a map"));
}

TEST_F(YamlMap, AWrongDurationIsQuoted) {
  Map m = map("timeout: soon\n");
  EXPECT_EQ(m.optional_duration("timeout"), std::nullopt);
  EXPECT_THAT(problems.lines(),
              ElementsAre("ticks.yaml:1:10: timeout must be a duration such as 30s or 5m, not \"soon\""));
}

TEST_F(YamlMap, OnlyPlainTrueAndFalseAreBooleans) {
  for (const char* text : {"yes", "True", "on", "1", "\"true\""}) {
    Problems own;
    Map m(parsed(std::string("watch: ") + text), "the manifest", own);
    EXPECT_EQ(m.optional_bool("watch"), std::nullopt) << text;
    EXPECT_EQ(own.lines().size(), 1u) << text;
  }
}

TEST_F(YamlMap, WholeNumbersAreDecimalPlainAndFitIn64Bits) {
  for (const char* text : {"0x10", "010", "1.0", "1e3", "\"5\"", "9223372036854775808", "x", "[1]"}) {
    Problems own;
    Map m(parsed(std::string("count: ") + text), "the manifest", own);
    EXPECT_EQ(m.optional_int("count"), std::nullopt) << text;
    EXPECT_EQ(own.lines().size(), 1u) << text;
  }
  EXPECT_EQ(map("count: 9223372036854775807").optional_int("count"), INT64_MAX);
  EXPECT_EQ(map("count: 0").optional_int("count"), 0);
}

TEST_F(YamlMap, NumbersMustBeFinite) {
  for (const char* text : {"inf", ".inf", "nan", "1e999", "'1'"}) {
    Problems own;
    Map m(parsed(std::string("ratio: ") + text), "the manifest", own);
    EXPECT_EQ(m.optional_double("ratio"), std::nullopt) << text;
  }
  EXPECT_EQ(map("ratio: 3").optional_double("ratio"), 3.0);
  EXPECT_EQ(map("ratio: 1e-3").optional_double("ratio"), 1e-3);
}

TEST_F(YamlMap, AChoiceNamesTheAllowedWordsAndTheNearest) {
  Map m = map("mode: mirorr\n");
  EXPECT_EQ(m.optional_choice("mode", {"split", "mirror"}), std::nullopt);
  EXPECT_THAT(problems.lines(),
              ElementsAre("ticks.yaml:1:7: mode must be one of split, mirror, not \"mirorr\" (did you mean "
                          "\"mirror\"?)"));
}

TEST_F(YamlMap, UnknownKeysAreReportedWithTheNearestKnownOne) {
  Map m = map("name: x\nprogam: y\n");
  m.required_string("name");
  m.optional_string("program");
  m.finish();
  EXPECT_THAT(
      problems.lines(),
      ElementsAre("ticks.yaml:2:1: unknown key \"progam\" in the manifest (did you mean \"program\"?)"));
}

TEST_F(YamlMap, ANodeThatIsNoMapIsOneProblemNotMany) {
  Map m = map("[a, b]");
  m.required_string("name");
  m.required_strings("argv");
  m.finish();
  EXPECT_THAT(problems.lines(), ElementsAre("ticks.yaml:1:1: expected the manifest to be a map, not a list"));
}

TEST_F(YamlMap, AllProblemsAreReportedTogether) {
  Map m = map("timeout: soon\nwatch: perhaps\n");
  m.optional_duration("timeout");
  m.optional_bool("watch");
  const Status status = problems.status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::invalid);
  EXPECT_THAT(status.error().message, HasSubstr("timeout"));
  EXPECT_THAT(status.error().message, HasSubstr("\nticks.yaml:2:8: watch"));
}

TEST_F(YamlMap, TheValueOfASecretIsNotRepeated) {
  Map m = map("api_key: hunter2\n");
  m.optional_int("api_key");
  ASSERT_EQ(problems.lines().size(), 1u);
  EXPECT_THAT(problems.lines()[0], testing::Not(HasSubstr("hunter2")));
}

TEST_F(YamlMap, MarkOfNamesTheValueOrElseTheMap) {
  Map m = map("\na: 1\nb: 22\n");
  EXPECT_EQ(m.mark_of("b").text(), "ticks.yaml:3:4");
  EXPECT_EQ(m.mark_of("absent").text(), "ticks.yaml:2:1");
}

}  // namespace
}  // namespace wx::yaml
