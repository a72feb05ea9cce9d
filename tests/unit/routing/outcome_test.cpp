#include "orchestrator/routing/outcome.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace wx {
namespace {

TEST(OutcomeOfARun, FollowsFromTheUnitsProperties) {
  struct Case {
    UnitOutcome unit;
    std::string result;
    std::optional<int> exit_status;
    int ending_status;
    int ending_signal;
  };
  for (const auto& test : {
           Case{{"done", "success", CLD_EXITED, 0}, "success", 0, 0, 0},
           Case{{"done", "success", CLD_EXITED, 75}, "degraded", 75, 75, 0},
           Case{{"failed", "exit-code", CLD_EXITED, 3}, "failure", 3, 3, 0},
           Case{{"failed", "exit-code", CLD_EXITED, 0}, "failure", 0, 1, 0},
           Case{{"failed", "signal", CLD_KILLED, SIGKILL}, "signal", std::nullopt, 137, SIGKILL},
           Case{{"failed", "core-dump", CLD_DUMPED, SIGSEGV}, "signal", std::nullopt, 139, SIGSEGV},
           Case{{"failed", "timeout", CLD_KILLED, SIGTERM}, "timeout", std::nullopt, 124, 0},
           Case{{"failed", "timeout", CLD_EXITED, 0}, "timeout", std::nullopt, 124, 0},
           Case{{"failed", "resources", 0, 0}, "failure", std::nullopt, 1, 0},
           Case{{"done", "exec-condition", 0, 0}, "failure", std::nullopt, 0, 0},
       }) {
    const auto outcome = judge(test.unit);
    EXPECT_EQ(outcome.result, test.result) << test.unit.result;
    EXPECT_EQ(outcome.exit_status, test.exit_status) << test.unit.result;
    EXPECT_EQ(outcome.ending.exit_status, test.ending_status) << test.unit.result;
    EXPECT_EQ(outcome.ending.signal, test.ending_signal) << test.unit.result;
  }
}

TEST(OutcomeOfARun, IsTakenFromItsRecordWhenTheUnitIsForgotten) {
  RanLine ran;
  ran.exit_status = 75;
  EXPECT_EQ(judge_by_record("done", ran).result, "degraded");
  EXPECT_EQ(judge_by_record("failed", ran).result, "failure");
  EXPECT_EQ(judge_by_record("", ran).result, "failure")
      << "without systemd's word a status other than 0 is a failure";
  EXPECT_EQ(judge_by_record("failed", ran).ending.exit_status, 75);
  ran.signal = SIGABRT;
  EXPECT_EQ(judge_by_record("failed", ran).ending.signal, SIGABRT);
  ran.timed_out = true;
  EXPECT_EQ(judge_by_record("failed", ran).ending.exit_status, timeout_exit_status);
  EXPECT_EQ(judge_by_record("done", std::nullopt).result, "success");
  EXPECT_EQ(judge_by_record("failed", std::nullopt).ending.exit_status, 1);
}

}  // namespace
}  // namespace wx
