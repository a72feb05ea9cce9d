#include "orchestrator/engine/timer_outlook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using testing::HasSubstr;

class TimerOutlookTest : public testing::Test {
 protected:
  Result<std::optional<Cadence>> outlook(const std::string& timer) {
    std::string text = machine.manifest_text();
    const std::string present = "timer: {unit: ticks.timer, OnCalendar: \"*:*:0/2\", AccuracySec: 100ms}";
    text.replace(text.find(present), present.size(), "timer: " + timer);
    auto manifest = parse_manifest("ticks.yaml", text);
    EXPECT_TRUE(manifest) << manifest.error().message;
    return timer_outlook(machine.ports, *manifest, "/srv/ticks-1");
  }
  // Seconds from one start to the next.
  double interval(const std::string& timer) {
    const auto found = outlook(timer);
    EXPECT_TRUE(found) << found.error().message;
    return found && *found ? 1 / (*found)->per_second : -1;
  }
  std::string refusal(const std::string& timer) {
    const auto found = outlook(timer);
    if (found) return "(accepted)";
    EXPECT_EQ(found.error().code, Code::invalid);
    return found.error().message;
  }

  Machine machine;
};

TEST_F(TimerOutlookTest, TellsHowOftenTheTimerOfTheManifestElapses) {
  EXPECT_NEAR(interval("{unit: ticks.timer, OnCalendar: \"*:*:0/2\"}"), 2, 1e-6);
  EXPECT_NEAR(interval("{unit: ticks.timer, OnCalendar: [hourly, hourly]}"), 1800, 1e-6);
  EXPECT_NEAR(interval("{unit: ticks.timer, OnBootSec: 1min, OnUnitActiveSec: 5min}"), 300, 1e-6);
}

TEST_F(TimerOutlookTest, ReadsATimerThatTheReleaseOrTheMachineHas) {
  EXPECT_EQ(refusal("ticks.timer"),
            "the manifest names ticks.timer, which neither systemd nor the release has");
  machine.files.put(machine.layout.unit_dir + "/ticks.timer", "[Timer]\nOnCalendar=hourly\n");
  ASSERT_TRUE(machine.ports.systemd.reload());
  EXPECT_NEAR(interval("ticks.timer"), 3600, 1e-6);
  machine.files.put("/srv/ticks-1/units/ticks.timer", "[Timer]\nOnCalendar=minutely\n");
  EXPECT_NEAR(interval("ticks.timer"), 60, 1e-6);
}

// An upgrade with such a timer was promoted, and left a timer that systemd refuses.
TEST_F(TimerOutlookTest, RefusesWhatSystemdWouldNotUnderstandWithItsPlace) {
  EXPECT_EQ(refusal("{unit: ticks.timer, OnCalendar: [hourly, hourlyy]}"),
            "ticks.yaml:5:49: OnCalendar: systemd does not understand \"hourlyy\"");
  EXPECT_EQ(refusal("{unit: ticks.timer, OnCalendar: hourly, AccuracySec: soon}"),
            "ticks.yaml:5:61: AccuracySec: systemd does not understand \"soon\"");
  EXPECT_EQ(refusal("{unit: ticks.timer, OnCalender: hourly}"),
            "ticks.yaml:5:40: a timer has no OnCalender (did you mean OnCalendar?)");
  machine.files.put("/srv/ticks-1/units/ticks.timer", "[Timer]\nOnCalendar=soon\n");
  EXPECT_EQ(refusal("ticks.timer"),
            "/srv/ticks-1/units/ticks.timer:2:1: OnCalendar: systemd does not understand \"soon\"");
}

TEST_F(TimerOutlookTest, RefusesATimerThatNeverElapses) {
  EXPECT_THAT(refusal("{unit: ticks.timer, AccuracySec: 1s}"), HasSubstr("ticks.timer does not say when"));
  EXPECT_THAT(refusal("{unit: ticks.timer, OnCalendar: \"1999-01-01 00:00:00\"}"),
              HasSubstr("ticks.timer never elapses again"));
  const auto once = outlook("{unit: ticks.timer, OnCalendar: \"2099-01-01 00:00:00\"}");
  ASSERT_TRUE(once) << once.error().message;
  EXPECT_EQ((*once)->per_second, 0);
}

TEST_F(TimerOutlookTest, IsUnknownWhereSystemdCannotBeAsked) {
  machine.world.calendar.unreachable = true;
  const auto found = outlook("{unit: ticks.timer, OnCalendar: hourly}");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->has_value());
}

}  // namespace
}  // namespace wx
