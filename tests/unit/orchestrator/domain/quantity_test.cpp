#include "orchestrator/domain/quantity.hpp"

#include <gtest/gtest.h>

namespace wx {
namespace {

TEST(Quantity, ReadsSizesInDecimalAndBinaryUnits) {
  EXPECT_EQ(parse_size("500"), 500U);
  EXPECT_EQ(parse_size("500B"), 500U);
  EXPECT_EQ(parse_size("1kB"), 1'000U);
  EXPECT_EQ(parse_size("100MB"), 100'000'000U);
  EXPECT_EQ(parse_size("1.5 GB"), 1'500'000'000U);
  EXPECT_EQ(parse_size("200M"), 200U << 20);
  EXPECT_EQ(parse_size("1GiB"), 1U << 30);
  EXPECT_EQ(parse_size("0"), 0U);
}

TEST(Quantity, RefusesWhatIsNoSize) {
  for (const char* text :
       {"", "MB", "-1MB", "5 apples", "1mb", "1e30", "1000000000GiB", "nan", "inf", "infinity", "0x10"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Quantity, ReadsPercentagesByTheirScaleAndBareNumbersAsTheyAre) {
  EXPECT_EQ(parse_fraction("95%", 100), 0.95);
  EXPECT_EQ(parse_fraction("50%", 1), 50.0);
  EXPECT_EQ(parse_fraction("0.1", 100), 0.1);
  EXPECT_EQ(parse_fraction("-3", 100), -3.0);
}

TEST(Quantity, RefusesWhatIsNeitherNumberNorPercentage) {
  for (const char* text : {"", "%", "5 %", "5%%", "half", "nan", "inf%"})
    EXPECT_FALSE(parse_fraction(text, 100)) << text;
}

}  // namespace
}  // namespace wx
