#include "orchestrator/engine/recent_runs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using testing::Contains;
using testing::Not;

class RecentRunsTest : public testing::Test {
 protected:
  RecentRunsTest() {
    manifest.service = "ticks.service";
    manifest.program.timeout = Micros{20'000'000};
    generation.slot(Slot::blue) = SlotSpec{"r-new", "2", "", std::nullopt};
    generation.slot(Slot::green) = SlotSpec{"r-old", "1", "", std::nullopt};
  }
  void record(const std::string& id, const std::string& slot, const std::string& release) { machine.record_run(id, slot, release); }
  void record_many(int runs) {
    for (int i = 0; i < runs; ++i) record("blue-" + std::to_string(i), "blue", "r-new");
  }
  void append(const std::string& text) { ASSERT_TRUE(machine.files.append(machine.layout.ledger(), text, false)); }
  std::vector<std::string> ids() {
    const auto ledger = recent_runs(machine.ports, machine.layout, manifest, generation);
    EXPECT_TRUE(ledger);
    std::vector<std::string> result;
    if (ledger)
      for (const auto& run : ledger->runs) result.push_back(run.id);
    return result;
  }

  Machine machine;
  Manifest manifest;
  Generation generation;
};

constexpr int more_than_the_newest_part = 3000;

TEST_F(RecentRunsTest, AreNoneWithoutALedger) { EXPECT_TRUE(ids().empty()); }

TEST_F(RecentRunsTest, LeaveOutWhatIsLongAgo) {
  record_many(more_than_the_newest_part);
  const auto found = ids();
  EXPECT_THAT(found, Contains("blue-2999"));
  EXPECT_THAT(found, Not(Contains("blue-0")));
}

TEST_F(RecentRunsTest, HoldTheLastOfAnIdleSlotHoweverLongAgo) {
  record("green-1", "green", "r-old");
  record("green-2", "green", "r-old");
  record("green-3", "green", "r-older");
  record_many(more_than_the_newest_part);
  const auto found = ids();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ("green-2", found.front());
  EXPECT_THAT(found, Not(Contains("green-1")));
}

TEST_F(RecentRunsTest, FindTheLastOfAnIdleSlotInTheOlderFile) {
  record("green-1", "green", "r-old");
  record_many(more_than_the_newest_part);
  ASSERT_TRUE(machine.files.rename(machine.layout.ledger(), machine.layout.older_ledger()));
  record_many(more_than_the_newest_part);
  const auto found = ids();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ("green-1", found.front());
}

TEST_F(RecentRunsTest, TakeNoTornLineForARun) {
  record_many(more_than_the_newest_part);
  append(R"({"t":"begin","at":1,"run":"torn","slot":"green","role":"active","release":"r-old")");
  EXPECT_THAT(ids(), Not(Contains("torn")));
}

}  // namespace
}  // namespace wx
