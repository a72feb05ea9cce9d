#include "orchestrator/engine/run_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using testing::ElementsAre;

class RunLogTest : public testing::Test {
 protected:
  void record(const std::string& id) { machine.record_run(id, "blue", "r-1"); }
  void append(const std::string& text) {
    ASSERT_TRUE(machine.files.append(machine.layout.ledger(), text, false));
  }
  // What the router does with a large ledger.
  void rotate() { ASSERT_TRUE(machine.files.rename(machine.layout.ledger(), machine.layout.older_ledger())); }
  std::vector<std::string> ids() {
    auto ledger = log.read();
    EXPECT_TRUE(ledger);
    std::vector<std::string> result;
    if (ledger)
      for (const auto& run : ledger->runs) result.push_back(run.id);
    return result;
  }

  Machine machine;
  RunLog log{machine.ports, machine.layout, "ticks.service", Micros{20'000'000}};
};

TEST_F(RunLogTest, KnowsNoRunWithoutALedgerAndTheFirstOnceThereIsOne) {
  EXPECT_THAT(ids(), ElementsAre());
  record("run-1");
  EXPECT_THAT(ids(), ElementsAre("run-1"));
}

TEST_F(RunLogTest, ReadsTheOlderFileFirst) {
  record("run-1");
  rotate();
  record("run-2");
  EXPECT_THAT(ids(), ElementsAre("run-1", "run-2"));
}

TEST_F(RunLogTest, ReadsTheOlderFileWhileThereIsNoNewOneYet) {
  record("run-1");
  rotate();
  EXPECT_THAT(ids(), ElementsAre("run-1"));
}

TEST_F(RunLogTest, LosesNothingWhenTheRouterBeginsANewFileMeanwhile) {
  record("run-1");
  EXPECT_THAT(ids(), ElementsAre("run-1"));
  record("run-2");
  rotate();
  EXPECT_THAT(ids(), ElementsAre("run-1", "run-2"));
  record("run-3");
  EXPECT_THAT(ids(), ElementsAre("run-1", "run-2", "run-3"));
}

TEST_F(RunLogTest, LetsATornLastLineOfTheOlderFileSpoilNothing) {
  record("run-1");
  append("{\"t\":\"begin\",");
  rotate();
  record("run-2");
  EXPECT_THAT(ids(), ElementsAre("run-1", "run-2"));
}

}  // namespace
}  // namespace wx
