#include "orchestrator/engine/before.hpp"

#include <gtest/gtest.h>

#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

constexpr const char* directory = "/srv/before";

class BeforeTest : public testing::Test {
 protected:
  BeforeTest() { machine.files.put("/srv/here", ""); }

  Before observed() {
    auto before = observe_before(machine.ports, machine.layout, machine.manifest());
    EXPECT_TRUE(before) << before.error().message;
    return before ? *before : Before{};
  }
  Before written_and_read(const Before& before) {
    const auto written = write_before(machine.files, directory, before);
    EXPECT_TRUE(written) << written.error().message;
    EXPECT_TRUE(machine.files.sync_directory("/srv"));
    machine.files.crash();
    auto read = read_before(machine.files, directory);
    EXPECT_TRUE(read) << read.error().message;
    return read ? *read : Before{};
  }

  Machine machine;
};

TEST_F(BeforeTest, OfAFreshMachineHoldsNothing) {
  const auto before = written_and_read(observed());
  EXPECT_FALSE(before.generation);
  EXPECT_FALSE(before.manifest);
  EXPECT_FALSE(before.live_config);
  EXPECT_FALSE(before.units.files.empty());
  for (const auto& [name, content] : before.units.files) EXPECT_FALSE(content) << name;
}

TEST_F(BeforeTest, HoldsAllThatARolloutMayTouch) {
  machine.commit(Machine::with_active(machine.stored("ticks-1")));
  machine.files.put(machine.layout.manifest(), "installed");
  machine.files.put(machine.layout.live_config(), "bucket: mine\n");
  machine.files.put(machine.layout.unit_dir + "/ticks.service", "# wxctl: app ticks\n[Service]\n");
  const auto before = written_and_read(observed());
  ASSERT_TRUE(before.generation);
  EXPECT_EQ(before.generation->blue->version, "ticks-1");
  EXPECT_EQ(before.manifest, "installed");
  EXPECT_EQ(before.live_config, "bucket: mine\n");
  EXPECT_EQ(before.units.files.at("ticks.service"), "# wxctl: app ticks\n[Service]\n");
  EXPECT_FALSE(before.units.files.at("ticks@.service"));
  EXPECT_TRUE(before.units.states.contains("ticks.timer"));
}

TEST_F(BeforeTest, HoldsTheUnitsOfTheVersionThatRunsToo) {
  auto old = machine.stored("ticks-1");
  const auto at = old.manifest_text.find("unit: ticks.timer");
  old.manifest_text.replace(at, 17, "unit: older.timer");
  auto generation = Machine::with_active(old);
  generation.route.timer = "older.timer";
  machine.commit(generation);
  const auto before = observed();
  EXPECT_TRUE(before.units.files.contains("older.timer"));
  EXPECT_TRUE(before.units.files.contains("ticks.timer"));
  EXPECT_TRUE(before.units.states.contains("older.timer"));
}

TEST_F(BeforeTest, IsReadableByItsOwnerAlone) {
  machine.files.put(machine.layout.live_config(), "token: x\n");
  written_and_read(observed());
  EXPECT_EQ(machine.files.info(std::string(directory) + "/config.yml")->mode, 0600U);
}

TEST_F(BeforeTest, ThatIsDamagedIsRefused) {
  written_and_read(observed());
  machine.files.put(std::string(directory) + "/units.json", "{");
  EXPECT_FALSE(read_before(machine.files, directory));
  ASSERT_TRUE(machine.files.remove_file(std::string(directory) + "/units.json"));
  EXPECT_FALSE(read_before(machine.files, directory));
}

}  // namespace
}  // namespace wx
