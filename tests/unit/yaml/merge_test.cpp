#include "common/yaml/merge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/yaml/document.hpp"

namespace wx::yaml {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view defaults = R"(# Defaults of the release.

# Where forecasts come from.
met_office:
  api_key: ""   # get one from the provider
  retry:
    max_attempts: 3
    # Spread retries so that many hosts do not come at once.
    jitter: 0.1
  locations: [london, leeds]

influxdb:
  url: http://localhost:8086
  bucket: weather

# Who may read what.
security:
  # TLS is checked unless this is false.
  verify_tls: true
  allowed:
  - 127.0.0.1
  - ::1

# Metrics for scraping.
monitoring:
  enabled: false
  text: |
    # this is no comment
    two lines
)";

constexpr std::string_view predecessor = R"(# my settings
met_office:
    # bought in May
    api_key: abc123
    retry:
        max_attempts: 5   # more patience

    locations:
    - york

influxdb:
    url: "http://db:8086"
    bucket: 'weather'
    org: home

cache:
    ttl: 3600

# the end
)";

Merged merged(std::string_view live, std::string_view wanted = defaults) {
  auto result = merge_defaults("live.yml", live, "defaults.yml", wanted);
  EXPECT_TRUE(result) << result.error().message << "\nin:\n" << live;
  return result ? std::move(result).value() : Merged{};
}

std::string text_of(std::string_view live, std::string_view wanted) {
  return merged(live, wanted).text;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

TEST(MergeDefaults, AddsBlocksAndSingleKeysWithTheirCommentsInTheIndentationOfTheLiveFile) {
  const Merged result = merged(predecessor);
  EXPECT_EQ(result.text, R"(# my settings
met_office:
    # bought in May
    api_key: abc123
    retry:
        max_attempts: 5   # more patience
        # Spread retries so that many hosts do not come at once.
        jitter: 0.1

    locations:
    - york

influxdb:
    url: "http://db:8086"
    bucket: 'weather'
    org: home

cache:
    ttl: 3600

# the end

# Who may read what.
security:
  # TLS is checked unless this is false.
  verify_tls: true
  allowed:
  - 127.0.0.1
  - ::1

# Metrics for scraping.
monitoring:
  enabled: false
  text: |
    # this is no comment
    two lines
)");
  EXPECT_THAT(result.added, ElementsAre("met_office.retry.jitter", "security", "monitoring"));
  EXPECT_THAT(result.unknown, ElementsAre("influxdb.org", "cache"));
}

TEST(MergeDefaults, WithoutAnythingMissingTheTextStaysByteForByte) {
  for (const std::string_view live : {"a: 1", "a:   1\r\n\r\n",
                                      "\xEF\xBB\xBF"
                                      "a: 2\n# end"}) {
    const Merged result = merged(live, "a: 9\n");
    EXPECT_EQ(result.text, live);
    EXPECT_THAT(result.added, IsEmpty());
  }
}

TEST(MergeDefaults, AnEmptyLiveTextBecomesTheDefaults) {
  EXPECT_EQ(merged("").text, defaults);
  EXPECT_THAT(merged("").added, ElementsAre("met_office", "influxdb", "security", "monitoring"));
  EXPECT_EQ(text_of("# mine\n", "a: 1\n"), "# mine\na: 1\n");
}

TEST(MergeDefaults, EmptyDefaultsAddNothing) {
  const Merged result = merged("a: 1\n", "# nothing\n");
  EXPECT_EQ(result.text, "a: 1\n");
  EXPECT_THAT(result.unknown, ElementsAre("a"));
}

TEST(MergeDefaults, AnEmptyValueIsPresentAndStays) {
  EXPECT_EQ(text_of("retry:\nb: 1\n", "retry: {max: 3}\nb: 2\n"), "retry:\nb: 1\n");
}

TEST(MergeDefaults, ListsAndValuesOfAnotherKindStay) {
  EXPECT_EQ(text_of("list: [a]\nmap: text\n", "list: [b, c]\nmap: {x: 1}\n"), "list: [a]\nmap: text\n");
}

TEST(MergeDefaults, KeysGoIntoTheBracesOfAFlowMap) {
  const std::string wanted = "retry:\n  max: 3\n  # why\n  jitter: 0.1\n  text: \"a, b\"\n  on: [500, 503]\n";
  EXPECT_EQ(text_of("retry: {max: 5}  # mine\n", wanted),
            "retry: {max: 5, jitter: 0.1, text: \"a, b\", on: [500, 503]}  # mine\n");
  EXPECT_EQ(text_of("retry: {}\n", "retry: {max: 3}\n"), "retry: {max: 3}\n");
  EXPECT_EQ(text_of("retry: { max: 5, }\n", "retry: {jitter: 1}\n"), "retry: { max: 5, jitter: 1 }\n");
  EXPECT_EQ(text_of("retry: {max: 5 # }\n  }\n", "retry: {jitter: 1}\n"),
            "retry: {max: 5, jitter: 1 # }\n  }\n");
  EXPECT_EQ(text_of("r: {a: \"}\", b: {c: it's}}\n", "r: {b: {d: 1}, e: 2}\n"),
            "r: {a: \"}\", b: {c: it's, d: 1}, e: 2}\n");
}

TEST(MergeDefaults, AFlowMapOfTheDefaultsIsAddedToABlockMapAsLines) {
  EXPECT_EQ(text_of("retry:\n  max: 5\n", "retry: {max: 3, on: {status: [500]}}\n"),
            "retry:\n  max: 5\n  on: {status: [500]}\n");
}

TEST(MergeDefaults, AMissingLineEndAtTheEndIsAdded) {
  EXPECT_EQ(text_of("a: 1", "a: 1\nb: 2"), "a: 1\nb: 2\n");
  EXPECT_EQ(text_of("m:\n  a: 1", "m:\n  b: 2"), "m:\n  a: 1\n  b: 2\n");
}

TEST(MergeDefaults, CrlfFilesGetCrlfLines) {
  EXPECT_EQ(text_of("m:\r\n  a: 1\r\n", "m:\n  # why\n  b: 2\n"), "m:\r\n  a: 1\r\n  # why\r\n  b: 2\r\n");
  EXPECT_EQ(text_of("m:\n  a: 1\n", "m:\r\n  b: 2\r\n"), "m:\n  a: 1\n  b: 2\n");
}

TEST(MergeDefaults, CommentsThatAreIndentedLikeABlockStayInIt) {
  EXPECT_EQ(text_of("m:\n  a: 1\n  # b: off\n\n# next\nn: 1\n", "m:\n  c: 3\n"),
            "m:\n  a: 1\n  # b: off\n  c: 3\n\n# next\nn: 1\n");
}

TEST(MergeDefaults, SeveralBlocksThatEndTogetherAreFilledFromTheInside) {
  EXPECT_EQ(text_of("a:\n  b:\n    c: 1\n", "a:\n  b:\n    d: 2\n  e: 3\nf: 4\n"),
            "a:\n  b:\n    c: 1\n    d: 2\n  e: 3\nf: 4\n");
}

TEST(MergeDefaults, ABlockOfTextKeepsItsLines) {
  EXPECT_EQ(text_of("m:\n  t: |\n    # x\n    y\nn: 1\n", "m:\n  u: 1\n"),
            "m:\n  t: |\n    # x\n    y\n  u: 1\nn: 1\n");
}

TEST(MergeDefaults, DocumentMarkersKeepTheirPlace) {
  EXPECT_EQ(text_of("---\na: 1\n...\n", "b: 2\n"), "---\na: 1\nb: 2\n...\n");
}

TEST(MergeDefaults, WhatCannotBeAddedSafelyIsRefused) {
  // A block of text that keeps its blank lines would lose them to the key behind it.
  const auto result =
      merge_defaults("live.yml", "m:\n  t: |+\n    x\n\nn: 1\n", "defaults.yml", "m:\n  u: 1\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::invalid);
  EXPECT_THAT(result.error().message, HasSubstr("live.yml"));
}

TEST(MergeDefaults, WhatIsNoMapIsRefusedWithItsPlace) {
  const auto live = merge_defaults("live.yml", "- a\n", "defaults.yml", "a: 1\n");
  ASSERT_FALSE(live);
  EXPECT_THAT(live.error().message, StartsWith("live.yml:1:1: "));
  const auto wanted = merge_defaults("live.yml", "a: 1\n", "defaults.yml", "a: 1\n\tb: 2\n");
  ASSERT_FALSE(wanted);
  EXPECT_THAT(wanted.error().message, StartsWith("defaults.yml:2:"));
}

class MergeProperty : public testing::TestWithParam<std::string_view> {};

TEST_P(MergeProperty, MergingTwiceIsMergingOnce) {
  const Merged once = merged(GetParam());
  const Merged twice = merged(once.text);
  EXPECT_EQ(twice.text, once.text);
  EXPECT_THAT(twice.added, IsEmpty());
  EXPECT_EQ(twice.unknown, once.unknown);
}

TEST_P(MergeProperty, EveryOldLineIsStillThereInOrder) {
  // A flow map gets its keys within its line; such a line is compared up to its brace.
  const auto before = lines_of(GetParam());
  const auto after = lines_of(merged(GetParam()).text);
  std::size_t at = 0;
  for (const std::string& line : before) {
    const std::string begin = line.substr(0, line.find('}'));
    while (at < after.size() && !after[at].starts_with(begin)) ++at;
    ASSERT_LT(at, after.size()) << "lost: " << line;
    ++at;
  }
}

TEST_P(MergeProperty, EveryDefaultKeyIsThereAfterwards) {
  const auto root = parse("merged", merged(GetParam()).text);
  ASSERT_TRUE(root);
  for (const char* key : {"met_office", "influxdb", "security", "monitoring"}) {
    EXPECT_TRUE(root->find(key)) << key;
  }
}

INSTANTIATE_TEST_SUITE_P(
    OverLiveFiles, MergeProperty,
    testing::Values(predecessor, "", "# only a comment", "met_office:\n", "met_office: {}\n",
                    "met_office: {retry: {max_attempts: 9}}\ninfluxdb: {}",
                    "met_office:\r\n  retry:\r\n    max_attempts: 1\r\n", "security:\n  allowed: []\n\n\n\n",
                    "monitoring:\n        text: >\n          folded\n          text\n",
                    "\xEF\xBB\xBFmet_office:\n  api_key: x\n", "---\nmet_office: null\n...\n",
                    "zzz: [1,\n  2]\ninfluxdb:\n  # a\n\n  # b\n  url: x\n  # c\n# d\n",
                    "{met_office: {api_key: \"{x}\"}, influxdb: 'it''s'}\n",
                    "influxdb:\n  url: >-\n    http://a\n\n  bucket: \"a\n    b\"\nlast: plain\n  goes on"));

}  // namespace
}  // namespace wx::yaml
