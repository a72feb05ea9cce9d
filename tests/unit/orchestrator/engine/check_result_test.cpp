#include "orchestrator/engine/check_result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wx {
namespace {

using enum CheckStatus;

std::vector<CheckResult> checks(std::initializer_list<CheckStatus> statuses, bool required = true) {
  std::vector<CheckResult> out;
  for (const auto status : statuses) {
    out.emplace_back();
    out.back().status = status;
    out.back().required = required;
  }
  return out;
}

TEST(CheckResults, EndAsTheContractSays) {
  struct Row {
    std::vector<CheckResult> checks;
    int plain;
    int strict;
  };
  const Row table[] = {
      {checks({}), 0, 0},
      {checks({pass, pass}), 0, 0},
      {checks({na}), 0, 0},
      {checks({pass, warn}), 0, 1},
      {checks({pass, skip}), 3, 3},
      {checks({skip, warn}), 3, 1},
      {checks({skip}, false), 0, 0},
      {checks({pass, fail}), 1, 1},
      {checks({skip, fail}), 1, 1},
      {checks({fail}, false), 1, 1},
  };
  for (const auto& row : table) {
    std::string name;
    for (const auto& check : row.checks) name += std::string(to_string(check.status)) + " ";
    EXPECT_EQ(exit_of(row.checks, false), row.plain) << name;
    EXPECT_EQ(exit_of(row.checks, true), row.strict) << name;
  }
}

TEST(CheckResults, HaveAWordForEachStatus) {
  EXPECT_EQ(to_string(pass), "pass");
  EXPECT_EQ(to_string(fail), "fail");
  EXPECT_EQ(to_string(warn), "warn");
  EXPECT_EQ(to_string(skip), "skip");
  EXPECT_EQ(to_string(na), "na");
}

TEST(CheckResults, AreJsonWithEveryKeyOfTheContract) {
  CheckResult check{"disk",  "enough free disk", fail,       true,   "5", "100",
                    "bytes", "too \"full\"\n",   "clean up", "tail", {}};
  const auto document = nlohmann::json::parse(checks_json({check, CheckResult{}}, false));
  EXPECT_EQ(document["passed"], false);
  ASSERT_EQ(document["checks"].size(), 2U);
  EXPECT_EQ(document["checks"][0], (nlohmann::json{{"id", "disk"},
                                                   {"title", "enough free disk"},
                                                   {"status", "fail"},
                                                   {"required", true},
                                                   {"observed", "5"},
                                                   {"threshold", "100"},
                                                   {"unit", "bytes"},
                                                   {"message", "too \"full\"\n"},
                                                   {"remedy", "clean up"}}));
  for (const char* key : {"observed", "threshold", "unit", "remedy"})
    EXPECT_TRUE(document["checks"][1].at(key).is_null()) << key;
}

TEST(CheckResults, AreJsonWhateverBytesAProgramPrinted) {
  CheckResult check;
  check.message = "\xff\xfe";
  EXPECT_TRUE(nlohmann::json::accept(checks_json({check}, true)));
}

}  // namespace
}  // namespace wx
