#include "common/core/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace wx {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0)
    return Error{Code::invalid, "cannot halve " + std::to_string(number), "give an even number"};
  return number / 2;
}

Result<int> quarter(int number) {
  WX_LET(const int once, half(number));
  WX_LET(const int twice, half(once));
  return twice;
}

Status must_be_even(int number) {
  WX_TRY(half(number));
  return {};
}

TEST(ResultMacros, PassValuesOnAndReturnTheFirstError) {
  EXPECT_EQ(quarter(8).value(), 2);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "cannot halve 3");
  EXPECT_EQ(failed.error().remedy, "give an even number");
  EXPECT_TRUE(must_be_even(4));
  EXPECT_EQ(must_be_even(5).error().code, Code::invalid);
}

TEST(Result, CarriesValuesThatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const auto taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, AnswersAnotherValueInsteadOfAnError) {
  EXPECT_EQ(half(3).value_or(-1), -1);
  EXPECT_EQ(half(4).value_or(-1), 2);
}

TEST(ResultDeathTest, AbortsWhenTheValueOfAnErrorIsTaken) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(half(3).value()), "");
}

TEST(Error, IsToldFromFurtherOutWithItsCodeAndRemedy) {
  const auto error = Error{Code::no_space, "disk full", "free space"}.with_context("backup b-1");
  EXPECT_EQ(error.message, "backup b-1: disk full");
  EXPECT_EQ(error.code, Code::no_space);
  EXPECT_EQ(error.remedy, "free space");
  EXPECT_EQ(Error{error}.with_remedy("buy a disk").remedy, "buy a disk");
}

}  // namespace
}  // namespace wx
