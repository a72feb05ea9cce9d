#include "orchestrator/engine/lease.hpp"

#include <gtest/gtest.h>

#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;

class LeaseTest : public testing::Test {
 protected:
  Lease lease() {
    auto read = leases.read();
    EXPECT_TRUE(read && *read);
    return **read;
  }

  Machine machine;
  Leases leases{machine.ports, machine.layout};
};

TEST_F(LeaseTest, IsNotOutBeforeItWasGiven) {
  EXPECT_EQ(leases.read()->has_value(), false);
}

TEST_F(LeaseTest, LastsAsLongAsItWasGivenFor) {
  ASSERT_TRUE(leases.renew("o-1", 60s));
  EXPECT_EQ(lease().rollout, "o-1");
  machine.world.clock.advance(60s - 1us);
  EXPECT_FALSE(leases.expired(lease()));
  machine.world.clock.advance(1us);
  EXPECT_TRUE(leases.expired(lease()));
}

TEST_F(LeaseTest, LastsLongerWhenItIsRenewed) {
  ASSERT_TRUE(leases.renew("o-1", 60s));
  machine.world.clock.advance(50s);
  ASSERT_TRUE(leases.renew("o-1", 60s));
  machine.world.clock.advance(50s);
  EXPECT_FALSE(leases.expired(lease()));
}

TEST_F(LeaseTest, DoesNotCareForTheWallClockWithinOneBoot) {
  ASSERT_TRUE(leases.renew("o-1", 60s));
  machine.world.clock.jump(24h);
  EXPECT_FALSE(leases.expired(lease()));
  machine.world.clock.jump(-48h);
  machine.world.clock.advance(60s);
  EXPECT_TRUE(leases.expired(lease()));
}

TEST_F(LeaseTest, IsMeasuredByTheWallClockAfterAReboot) {
  ASSERT_TRUE(leases.renew("o-1", 60s));
  machine.ports.boot_id = "another boot";
  EXPECT_FALSE(leases.expired(lease()));
  machine.world.clock.jump(60s);
  EXPECT_TRUE(leases.expired(lease()));
}

TEST_F(LeaseTest, SurvivesAPowerCutUntilItIsEnded) {
  ASSERT_TRUE(leases.renew("o-1", 60s));
  machine.files.crash();
  EXPECT_EQ(lease().rollout, "o-1");
  ASSERT_TRUE(leases.end());
  machine.files.crash();
  EXPECT_EQ(leases.read()->has_value(), false);
  EXPECT_TRUE(leases.end());
}

TEST_F(LeaseTest, OfANewerFormatIsRefused) {
  ASSERT_TRUE(leases.renew("o-1", 60s));
  std::string text = machine.read(machine.layout.lease());
  machine.files.put(machine.layout.lease(), text.replace(text.find("\"format\":1"), 10, "\"format\":2"));
  EXPECT_EQ(leases.read().error().code, Code::invalid);
}

TEST_F(LeaseTest, ThatIsDamagedHasRunOut) {
  for (const char* text : {"", "{", "[]", "{\"rollout\": 1}"}) {
    machine.files.put(machine.layout.lease(), text);
    const auto read = leases.read();
    ASSERT_TRUE(read && *read) << text;
    EXPECT_TRUE(leases.expired(**read)) << text;
  }
}

}  // namespace
}  // namespace wx
