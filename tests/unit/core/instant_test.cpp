#include "common/core/instant.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace wx {
namespace {

WallTime at_us(std::int64_t micros) {
  return WallTime{Micros{micros}};
}

// 2026-11-24T08:00:00Z, as `date -d … +%s` says.
constexpr std::int64_t example_s = 1'795'507'200;

TEST(FormatInstant, IsRfc3339InUtc) {
  EXPECT_EQ(format_instant(at_us(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_instant(at_us(example_s * 1'000'000)), "2026-11-24T08:00:00Z");
  EXPECT_EQ(format_instant(at_us(951'782'399'000'000)), "2000-02-28T23:59:59Z");
  EXPECT_EQ(format_instant(at_us(951'782'400'000'000)), "2000-02-29T00:00:00Z");
}

TEST(FormatInstant, CutsOffWhatIsFinerThanItShows) {
  EXPECT_EQ(format_instant(at_us(1'999'999)), "1970-01-01T00:00:01Z");
  EXPECT_EQ(format_instant(at_us(1'999'999), true), "1970-01-01T00:00:01.999Z");
  EXPECT_EQ(format_instant(at_us(5'000), true), "1970-01-01T00:00:00.005Z");
}

TEST(FormatInstant, RoundsTowardsThePastBefore1970Too) {
  EXPECT_EQ(format_instant(at_us(-1)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_instant(at_us(-1), true), "1969-12-31T23:59:59.999Z");
}

TEST(FormatInstant, StaysWithinTheYearsThatHaveFourDigits) {
  EXPECT_EQ(format_instant(WallTime::max()), "9999-12-31T23:59:59Z");
  EXPECT_EQ(format_instant(WallTime::min()), "0000-01-01T00:00:00Z");
}

TEST(FormatInstant, DoesNotDependOnTheTimeZoneOfTheProcess) {
  const char* before = std::getenv("TZ");
  const std::string saved = before == nullptr ? "" : before;
  ::setenv("TZ", "Asia/Kathmandu", 1);
  ::tzset();
  const auto text = format_instant(at_us(0));
  const auto parsed = parse_instant("1970-01-01T00:00:00Z");
  before == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", saved.c_str(), 1);
  ::tzset();
  EXPECT_EQ(text, "1970-01-01T00:00:00Z");
  EXPECT_EQ(parsed.value(), at_us(0));
}

TEST(CompactInstant, IsFitForIds) {
  EXPECT_EQ(compact_instant(at_us(example_s * 1'000'000 + 999'999)), "20261124T080000Z");
}

TEST(ParseInstant, ReadsZoneAndOffsets) {
  for (const std::string_view text :
       {"2026-11-24T08:00:00Z", "2026-11-24t08:00:00z", "2026-11-24T08:00:00+00:00",
        "2026-11-24T08:00:00-00:00", "2026-11-24T13:45:00+05:45", "2026-11-23T20:00:00-12:00",
        "2026-11-24T08:00:00.000000000Z"}) {
    const auto parsed = parse_instant(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, at_us(example_s * 1'000'000)) << text;
  }
}

TEST(ParseInstant, ReadsFractionsToTheMicrosecond) {
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00.5Z").value(), at_us(500'000));
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00.000001Z").value(), at_us(1));
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00.1234569Z").value(), at_us(123'456));
}

TEST(ParseInstant, ReadsALeapSecondAsTheLastSecondOfItsMinute) {
  const auto expected = parse_instant("2016-12-31T23:59:59Z").value();
  EXPECT_EQ(parse_instant("2016-12-31T23:59:60Z").value(), expected);
  EXPECT_EQ(parse_instant("2017-01-01T00:59:60+01:00").value(), expected);
  EXPECT_EQ(parse_instant("2016-12-31T23:59:60.25Z").value(), expected + Millis{250});
  EXPECT_FALSE(parse_instant("2016-12-31T12:00:60Z")) << "there is none in the middle of a day";
  EXPECT_FALSE(parse_instant("2016-12-31T23:59:61Z"));
}

TEST(ParseInstant, RefusesDaysAndHoursThatDoNotExist) {
  for (const std::string_view text :
       {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z", "1900-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60"}) {
    EXPECT_FALSE(parse_instant(text)) << text;
  }
  EXPECT_TRUE(parse_instant("2024-02-29T00:00:00Z"));
  EXPECT_TRUE(parse_instant("2000-02-29T00:00:00Z"));
}

TEST(ParseInstant, RefusesWhatIsNotQuiteTheFormat) {
  for (const std::string_view text :
       {"", "now", "2026-11-24", "2026-11-24T08:00Z", "2026-11-24T08:00:00", "2026-11-24 08:00:00Z",
        "2026-11-24T08:00:00.Z", "2026-11-24T08:00:00,5Z", "2026-11-24T08:00:00+0100",
        "2026-11-24T08:00:00ZZ", " 2026-11-24T08:00:00Z", "26-11-24T08:00:00Z", "+2026-11-24T08:00:00Z",
        "2026-1-24T08:00:00Z", "-026-11-24T08:00:00Z",
        "2026-11-24T08:00:00\xE2\x88\x92"
        "01:00"}) {
    const auto parsed = parse_instant(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::invalid);
    EXPECT_FALSE(parsed.error().remedy.empty());
  }
}

TEST(ParseInstant, RefusesWhatTheOffsetMovesOutOfTheYears) {
  EXPECT_FALSE(parse_instant("0000-01-01T00:00:00+00:01"));
  EXPECT_FALSE(parse_instant("9999-12-31T23:59:59-00:01"));
  EXPECT_TRUE(parse_instant("0000-01-01T00:00:00Z"));
}

TEST(ParseInstant, RefusesEndlessFractions) {
  EXPECT_FALSE(parse_instant("2026-11-24T08:00:00." + std::string(10'000, '1') + "Z"));
}

TEST(ParseInstant, ReadsBackWhatWasFormatted) {
  for (std::int64_t day = -800'000; day < 2'900'000; day += 997) {
    const auto time = at_us(day * 86'400'000'000 + 12'345'678'000);
    const auto text = format_instant(time, true);
    if (text.starts_with("9999") || text.starts_with("0000")) continue;
    const auto parsed = parse_instant(text);
    ASSERT_TRUE(parsed) << text;
    ASSERT_EQ(*parsed, time) << text;
  }
}

TEST(InstantNs, HasAsManyDigitsAsItNeeds) {
  EXPECT_EQ(format_instant_ns(1'795'511'351'000'000'000), "2026-11-24T09:09:11Z");
  EXPECT_EQ(format_instant_ns(1'795'511'351'250'000'000), "2026-11-24T09:09:11.250Z");
  EXPECT_EQ(format_instant_ns(1'795'511'351'000'250'000), "2026-11-24T09:09:11.000250Z");
  EXPECT_EQ(format_instant_ns(1'795'511'351'000'000'007), "2026-11-24T09:09:11.000000007Z");
  EXPECT_EQ(format_instant_ns(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(format_instant_ns(INT64_MIN), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(format_instant_ns(INT64_MAX), "2262-04-11T23:47:16.854775807Z");
}

TEST(InstantNs, ReadsBackWhatItWrote) {
  for (const std::int64_t time : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, std::int64_t{10}, INT64_MAX,
                                  std::int64_t{1'795'511'351'123'456'789}})
    EXPECT_EQ(parse_instant_ns(format_instant_ns(time)).value_or(42), time);
  EXPECT_EQ(parse_instant_ns("1970-01-01T00:00:00.00000001Z").value_or(42), 10);
  EXPECT_EQ(parse_instant_ns("1970-01-01T00:00:00.0000000019Z").value_or(42), 1) << "finer is cut off";
  EXPECT_FALSE(parse_instant_ns("2263-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_instant_ns("1600-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_instant_ns("yesterday"));
}

}  // namespace
}  // namespace wx
