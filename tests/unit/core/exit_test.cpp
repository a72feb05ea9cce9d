#include "common/core/exit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "common/core/result.hpp"

namespace wx {
namespace {

using ::testing::ElementsAre;

constexpr std::array all_codes{Code::failed,     Code::impossible, Code::refused,      Code::invalid,
                               Code::not_found,  Code::undecided,  Code::inconclusive, Code::unavailable,
                               Code::permission, Code::no_space,   Code::timeout,      Code::busy,
                               Code::person,     Code::bug,        Code::interrupted};

bool has_row(ExitStatus status) {
  return std::any_of(exit_table.begin(), exit_table.end(),
                     [status](const ExitRow& row) { return row.status == status; });
}

TEST(ExitTable, HasExactlyTheStatusesOfTheContractInRisingOrder) {
  std::vector<int> statuses;
  for (const auto& row : exit_table) statuses.push_back(to_int(row.status));
  EXPECT_THAT(statuses, ElementsAre(0, 1, 2, 3, 4, 5, 6, 70, 130));
}

TEST(ExitTable, NamesEachStatusOnceAndSaysWhatItMeans) {
  for (const auto& row : exit_table) {
    EXPECT_EQ(std::count_if(exit_table.begin(), exit_table.end(),
                            [&row](const ExitRow& other) { return other.status == row.status; }),
              1)
        << to_int(row.status);
    EXPECT_FALSE(row.meaning.empty()) << to_int(row.status);
    EXPECT_EQ(std::count_if(exit_table.begin(), exit_table.end(),
                            [&row](const ExitRow& other) { return other.meaning == row.meaning; }),
              1)
        << row.meaning;
  }
}

TEST(ExitTable, HasARowForEveryCode) {
  // The last one of the enumeration stands last here too: a new code makes this test fail until it is listed.
  ASSERT_EQ(all_codes.size(), static_cast<std::size_t>(Code::interrupted) + 1);
  for (std::size_t i = 0; i < all_codes.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(all_codes[i]), i);
    EXPECT_TRUE(has_row(exit_status(all_codes[i]))) << i;
  }
}

TEST(ExitTable, HasACodeForEveryRowButSuccess) {
  for (const auto& row : exit_table) {
    const bool reachable = std::any_of(all_codes.begin(), all_codes.end(),
                                       [&row](Code code) { return exit_status(code) == row.status; });
    EXPECT_EQ(reachable, row.status != ExitStatus::done) << to_int(row.status);
  }
}

TEST(ExitTable, KeepsTheMeaningOfEachCode) {
  EXPECT_EQ(exit_status(Code::failed), ExitStatus::failed);
  EXPECT_EQ(exit_status(Code::impossible), ExitStatus::failed);
  EXPECT_EQ(exit_status(Code::refused), ExitStatus::failed);
  EXPECT_EQ(exit_status(Code::invalid), ExitStatus::bad_input);
  EXPECT_EQ(exit_status(Code::not_found), ExitStatus::bad_input);
  EXPECT_EQ(exit_status(Code::undecided), ExitStatus::undecided);
  EXPECT_EQ(exit_status(Code::inconclusive), ExitStatus::undecided);
  EXPECT_EQ(exit_status(Code::unavailable), ExitStatus::environment);
  EXPECT_EQ(exit_status(Code::permission), ExitStatus::environment);
  EXPECT_EQ(exit_status(Code::no_space), ExitStatus::environment);
  EXPECT_EQ(exit_status(Code::timeout), ExitStatus::environment);
  EXPECT_EQ(exit_status(Code::busy), ExitStatus::busy);
  EXPECT_EQ(exit_status(Code::person), ExitStatus::person_needed);
  EXPECT_EQ(exit_status(Code::bug), ExitStatus::bug);
  EXPECT_EQ(exit_status(Code::interrupted), ExitStatus::interrupted);
}

}  // namespace
}  // namespace wx
