#include "orchestrator/engine/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/core/files.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using testing::HasSubstr;

const std::string timer_text =
    "# wxctl: app "
    "ticks\n[Timer]\nOnCalendar=*:*:0/2\nUnit=ticks.service\n[Install]\nWantedBy=timers.target\n";
const std::string service_text = "# wxctl: app ticks\n[Service]\nType=oneshot\nExecStart=/bin/sh\n";
const std::string drop_in = "ticks@blue.service.d/10-wxctl.conf";

class UnitsTest : public testing::Test {
 protected:
  std::string path(const std::string& name) { return machine.layout.unit_dir + "/" + name; }
  bool written(const std::vector<UnitFile>& files) {
    auto changed = units.write(files);
    EXPECT_TRUE(changed) << changed.error().message;
    return changed.value_or(false);
  }
  UnitSnapshot taken() {
    auto snapshot = units.snapshot({"ticks.service", "ticks.timer", drop_in}, {"ticks.timer"});
    EXPECT_TRUE(snapshot) << snapshot.error().message;
    return *snapshot;
  }
  UnitState timer() { return *machine.ports.systemd.unit("ticks.timer"); }
  void restore(const UnitSnapshot& snapshot) {
    const auto restored = units.restore(snapshot);
    ASSERT_TRUE(restored) << restored.error().message;
  }
  void install_and_start() {
    written(
        {{"ticks.service", service_text}, {"ticks.timer", timer_text}, {drop_in, "# wxctl: app ticks\n"}});
    ASSERT_TRUE(machine.ports.systemd.reload());
    ASSERT_TRUE(enable_unit(machine.ports, machine.layout, "ticks.timer"));
    ASSERT_TRUE(machine.ports.systemd.start("ticks.timer", Micros{1'000'000}));
  }

  Machine machine;
  Units units{machine.ports, machine.layout};
};

TEST_F(UnitsTest, AreOursByTheMarkInTheirFirstLine) {
  EXPECT_TRUE(units.check_ours({"ticks.service", drop_in}));
  machine.files.put(path("ticks.service"), service_text);
  EXPECT_TRUE(units.check_ours({"ticks.service"}));
}

TEST_F(UnitsTest, AreOnTheDiskWhoeverWroteThem) {
  ASSERT_TRUE(machine.files.write(path("ticks.service"), service_text, 0644));
  written({{"ticks.service", service_text}});
  machine.files.crash();
  EXPECT_TRUE(exists(machine.files, path("ticks.service")));
}

TEST_F(UnitsTest, OfSomebodyElseAreNotTouched) {
  for (const std::string text :
       {"[Service]\n", "", "# mine\n# wxctl: app ticks\n", "# wxctl: app tock\n", "# wxctl: app ticks2\n"}) {
    machine.files.put(path("ticks.service"), text);
    const auto checked = units.check_ours({"ticks.timer", "ticks.service"});
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().code, Code::invalid);
    EXPECT_THAT(checked.error().message,
                HasSubstr(path("ticks.service") + " exists and was not written by wxctl"));
  }
}

TEST_F(UnitsTest, AreWrittenWhereTheyDiffer) {
  EXPECT_TRUE(written({{"ticks.service", service_text}, {drop_in, "# wxctl: app ticks\n"}}));
  EXPECT_EQ(machine.read(path("ticks.service")), service_text);
  EXPECT_EQ(machine.files.info(path(drop_in))->mode, 0644U);
  const auto before = machine.files.dump();
  EXPECT_FALSE(written({{"ticks.service", service_text}, {drop_in, "# wxctl: app ticks\n"}}));
  EXPECT_EQ(machine.files.dump(), before);
  EXPECT_TRUE(written({{"ticks.service", service_text + "# more\n"}, {drop_in, "# wxctl: app ticks\n"}}));
}

TEST_F(UnitsTest, SurviveAPowerCutOnceWritten) {
  written({{drop_in, "# wxctl: app ticks\n"}});
  machine.files.crash();
  EXPECT_EQ(machine.read(path(drop_in)), "# wxctl: app ticks\n");
}

TEST_F(UnitsTest, AreRememberedWithTheirStates) {
  const auto nothing = taken();
  EXPECT_EQ(nothing.files.at("ticks.service"), std::nullopt);
  EXPECT_FALSE(nothing.states.at("ticks.timer").enabled);
  EXPECT_FALSE(nothing.states.at("ticks.timer").active);
  install_and_start();
  const auto all = taken();
  EXPECT_EQ(all.files.at("ticks.timer"), timer_text);
  EXPECT_TRUE(all.states.at("ticks.timer").enabled);
  EXPECT_TRUE(all.states.at("ticks.timer").active);
}

TEST_F(UnitsTest, ThatWereNotThereLeaveNoTrace) {
  const auto nothing = taken();
  const auto before = machine.files.dump();
  install_and_start();
  restore(nothing);
  auto after = machine.files.dump();
  // The folder of links stays, as systemctl leaves it.
  std::erase_if(after, [](const auto& entry) { return entry.first.ends_with("/timers.target.wants"); });
  EXPECT_EQ(after, before);
  EXPECT_EQ(timer().active_state, "inactive");
  machine.files.crash();
  EXPECT_FALSE(exists(machine.files, path("ticks.timer")));
}

TEST_F(UnitsTest, AreBroughtBackWithTheirStates) {
  install_and_start();
  const auto all = taken();
  ASSERT_TRUE(machine.ports.systemd.stop("ticks.timer", Micros{1'000'000}));
  ASSERT_TRUE(disable_unit(machine.ports, machine.layout, "ticks.timer"));
  ASSERT_TRUE(machine.files.remove_tree(path("ticks@blue.service.d")));
  written({{"ticks.service", service_text + "# changed\n"}});
  restore(all);
  EXPECT_EQ(machine.read(path("ticks.service")), service_text);
  EXPECT_EQ(machine.read(path(drop_in)), "# wxctl: app ticks\n");
  EXPECT_EQ(timer().active_state, "active");
  EXPECT_EQ(timer().file_state, "enabled");
  EXPECT_FALSE(machine.ports.systemd.unit("ticks.service")->need_daemon_reload);
}

TEST_F(UnitsTest, AreRestoredOnceAndForAll) {
  install_and_start();
  const auto all = taken();
  const auto before = machine.files.dump();
  restore(all);
  restore(all);
  EXPECT_EQ(machine.files.dump(), before);
  EXPECT_EQ(timer().active_state, "active");
}

TEST_F(UnitsTest, KeepDropInsOfOthersInTheSameFolder) {
  const auto nothing = taken();
  install_and_start();
  machine.files.put(path("ticks@blue.service.d/99-mine.conf"), "[Service]\n");
  restore(nothing);
  EXPECT_FALSE(exists(machine.files, path(drop_in)));
  EXPECT_EQ(machine.read(path("ticks@blue.service.d/99-mine.conf")), "[Service]\n");
}

TEST_F(UnitsTest, CannotBeRestoredWithoutAManager) {
  install_and_start();
  const auto all = taken();
  machine.world.systemd.unreachable = true;
  EXPECT_EQ(units.restore(all).error().code, Code::unavailable);
}

TEST_F(UnitsTest, AreReadBackAsTheyWereRecorded) {
  install_and_start();
  auto snapshot = taken();
  snapshot.files["absent.service"] = std::nullopt;
  const auto read = parse_unit_snapshot(render_unit_snapshot(snapshot));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->files, snapshot.files);
  ASSERT_EQ(read->states.size(), 1U);
  EXPECT_TRUE(read->states.at("ticks.timer").enabled);
  EXPECT_EQ(parse_unit_snapshot("{\"format\": 2, \"files\": {}, \"states\": {}}").error().code,
            Code::invalid);
  for (const char* bad : {"", "{}", "[]", "{\"files\": {\"a\": 1}, \"states\": {}}"})
    EXPECT_FALSE(parse_unit_snapshot(bad)) << bad;
}

}  // namespace
}  // namespace wx
