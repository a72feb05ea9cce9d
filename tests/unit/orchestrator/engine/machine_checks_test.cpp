#include "orchestrator/engine/machine_checks.hpp"

#include <gtest/gtest.h>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;

class MachineChecksTest : public testing::Test {
 protected:
  CheckResult clock(std::optional<bool> synchronised, std::optional<WallTime> newest = std::nullopt) {
    machine.ports.clock_synchronised = synchronised;
    CheckResult result;
    check_clock(machine.ports, newest, result);
    return result;
  }
  CheckResult files() {
    CheckResult result;
    check_private(machine.ports, machine.layout, manifest, result);
    return result;
  }
  CheckResult linger(bool needed) {
    CheckResult result;
    check_linger(machine.ports, needed, result);
    return result;
  }
  void put(const std::string& path, std::uint32_t mode) {
    ASSERT_TRUE(make_directories(machine.world.files, parent_path(path), 0700));
    ASSERT_TRUE(machine.world.files.write(path, "x", mode));
  }

  Machine machine;
  Manifest manifest;
};

TEST_F(MachineChecksTest, AClockIsHeldAgainstTheKernelsWordAndTheLedger) {
  EXPECT_EQ(clock(true).status, CheckStatus::pass);
  EXPECT_EQ(clock(std::nullopt).status, CheckStatus::na);
  EXPECT_EQ(clock(false).status, CheckStatus::warn);
  EXPECT_FALSE(clock(false).remedy.empty());
  const WallTime now = machine.world.clock.now();
  EXPECT_EQ(clock(true, now + 2s).status, CheckStatus::pass);
  EXPECT_EQ(clock(true, now + 1h).status, CheckStatus::fail);
  machine.ports.caller.sandboxed = true;
  EXPECT_EQ(clock(false).status, CheckStatus::na);
}

TEST_F(MachineChecksTest, ASecretThatOthersMayReadFailsAndAConfigWarns) {
  EXPECT_EQ(files().status, CheckStatus::na);
  put(machine.layout.live_config(), 0600);
  put(machine.layout.secrets(), 0600);
  EXPECT_EQ(files().status, CheckStatus::pass);
  ASSERT_TRUE(machine.world.files.set_mode(machine.layout.live_config(), 0644));
  EXPECT_EQ(files().status, CheckStatus::warn);
  EXPECT_EQ(files().remedy, "chmod 600 " + machine.layout.live_config());
  ASSERT_TRUE(machine.world.files.set_mode(machine.layout.secrets(), 0640));
  EXPECT_EQ(files().status, CheckStatus::fail);
}

TEST_F(MachineChecksTest, ATokenIsASecretToo) {
  manifest.store = StoreSpec{};
  manifest.store->kind = "influxdb2";
  manifest.store->active.token_file = "token";
  put(machine.layout.data + "/token", 0604);
  EXPECT_EQ(files().status, CheckStatus::fail);
}

TEST_F(MachineChecksTest, LingeringIsNeededByWhatLastsLongerThanASession) {
  EXPECT_EQ(linger(true).status, CheckStatus::na);
  ASSERT_TRUE(make_directories(machine.world.files, "/var/lib/systemd/linger", 0755));
  EXPECT_EQ(linger(true).status, CheckStatus::fail);
  EXPECT_EQ(linger(false).status, CheckStatus::warn);
  EXPECT_EQ(linger(false).remedy, "sudo loginctl enable-linger user");
  put("/var/lib/systemd/linger/user", 0644);
  EXPECT_EQ(linger(true).status, CheckStatus::pass);
}

}  // namespace
}  // namespace wx
