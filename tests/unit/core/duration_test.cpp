#include "common/core/duration.hpp"

#include <gtest/gtest.h>

namespace wx {
namespace {

struct Written {
  std::string_view text;
  Micros value;
};

TEST(ParseDuration, ReadsWhatPeopleWrite) {
  using namespace std::chrono_literals;
  for (const auto& [text, value] : {
           Written{"300ms", 300ms},
           Written{"10s", 10s},
           Written{"5m", 5min},
           Written{"1h30m", 90min},
           Written{"24h", 24h},
           Written{"7d", 168h},
           Written{"1d2h3m4s5ms6us", 26h + 3min + 4s + 5ms + 6us},
           Written{"90m", 90min},
           Written{"0", 0s},
           Written{"0s", 0s},
           Written{"007s", 7s},
           Written{"3650d", 24h * 3650},
       }) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, value) << text;
  }
}

TEST(ParseDuration, TakesABareNumberAsSeconds) {
  EXPECT_EQ(parse_duration("90").value(), std::chrono::seconds{90});
  EXPECT_EQ(parse_duration("0.25").value(), Millis{250});
}

TEST(ParseDuration, ReadsFractionsOfTheLastPartExactly) {
  EXPECT_EQ(parse_duration("1.5h").value(), std::chrono::minutes{90});
  EXPECT_EQ(parse_duration("0.3d").value(), std::chrono::minutes{432});
  EXPECT_EQ(parse_duration("1m0.5s").value(), Millis{60'500});
  EXPECT_EQ(parse_duration("0.0000009s").value(), Micros{0}) << "finer than a microsecond is cut off";
}

TEST(ParseDuration, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"",     " ",       "s",  "ten", "5 m",  " 5m", "5m ", "5M",   "5min", "1w",        "1h30", "30m1h",
        "5m5m", "1.5h30m", "1.", ".5",  "1..5", "1e3", "+5",  "0x10", "5,5",  "\xC2\xB5s", "1h-5m"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::invalid) << text;
    EXPECT_FALSE(parsed.error().remedy.empty()) << text;
  }
}

TEST(ParseDuration, RefusesNegativeOnes) {
  const auto parsed = parse_duration("-5s");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("negative"), std::string::npos) << parsed.error().message;
}

TEST(ParseDuration, RefusesMoreThanTenYearsHoweverLarge) {
  for (const std::string_view text : {"3651d", "3650d1us", "3650.000001d", "9223372036854775807us",
                                      "99999999999999999999999999d", "18446744073709551616s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(ParseDuration, RefusesTextsThatAreTooLongWithoutRepeatingThem) {
  const auto parsed = parse_duration(std::string(100'000, '1') + "s");
  ASSERT_FALSE(parsed);
  EXPECT_LT(parsed.error().message.size(), 200u);
}

TEST(FormatDuration, IsShort) {
  using namespace std::chrono_literals;
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(90min), "1h30m");
  EXPECT_EQ(format_duration(24h), "24h");
  EXPECT_EQ(format_duration(72h), "3d");
  EXPECT_EQ(format_duration(350ms), "350ms");
  EXPECT_EQ(format_duration(1500us), "1.5ms");
  EXPECT_EQ(format_duration(7us), "7us");
  EXPECT_EQ(format_duration(61500ms), "1m1.5s");
  EXPECT_EQ(format_duration(-5s), "-5s");
}

TEST(FormatDuration, IsReadBackAsTheSame) {
  for (const std::int64_t micros :
       {1LL, 999LL, 1'000LL, 1'001LL, 350'000LL, 999'999LL, 1'000'000LL, 1'000'001LL, 59'999'999LL,
        60'000'000LL, 60'000'001LL, 3'599'000'000LL, 86'400'000'000LL, 172'799'999'999LL, 172'800'000'000LL,
        172'800'000'001LL, 315'359'999'999'999LL, 315'360'000'000'000LL}) {
    const auto text = format_duration(Micros{micros});
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->count(), micros) << text;
  }
}

TEST(FormatDuration, BearsTheExtremes) {
  EXPECT_FALSE(format_duration(Micros::max()).empty());
  EXPECT_EQ(format_duration(Micros::min()).front(), '-');
}

}  // namespace
}  // namespace wx
