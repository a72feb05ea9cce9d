#include "orchestrator/domain/timer_directives.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> told(const std::vector<UnitDirective>& directives) {
  std::vector<std::string> out;
  for (const auto& directive : directives)
    out.push_back(directive.place.text() + " " + directive.key + "=" + directive.value);
  return out;
}

TEST(TimerDirectives, AreThoseOfTheTimerSectionWithTheirPlaces) {
  const auto found = timer_directives(
      "a.timer",
      "# OnCalendar=daily\n[Unit]\nDescription=x\n\n[Timer]\nOnCalendar = *:0/5\n; no\n"
      "OnUnitActiveSec=1h \\\n  30min\nPersistent=true\n[Install]\nWantedBy=timers.target\n");
  EXPECT_THAT(told(found),
              ElementsAre("a.timer:6:1 OnCalendar=*:0/5", "a.timer:8:1 OnUnitActiveSec=1h  30min",
                          "a.timer:10:1 Persistent=true"));
  EXPECT_THAT(told(timer_directives("a.timer", "")), IsEmpty());
}

TEST(TimerDirectives, SayWhenUnlessTheyAreTakenBack) {
  const auto found = timer_directives(
      "a", "[Timer]\nOnCalendar=daily\nOnBootSec=5\nOnCalendar=\nOnUnitActiveSec=1h\nAccuracySec=1s\n");
  EXPECT_THAT(told(times_of(found)), ElementsAre("a:5:1 OnUnitActiveSec=1h"));
}

TEST(TimerDirectives, AreKnownByTheirValues) {
  EXPECT_EQ(timer_value("OnCalendar"), TimerValue::calendar);
  EXPECT_EQ(timer_value("OnUnitInactiveSec"), TimerValue::repeated);
  EXPECT_EQ(timer_value("OnBootSec"), TimerValue::once);
  EXPECT_EQ(timer_value("AccuracySec"), TimerValue::span);
  EXPECT_EQ(timer_value("Persistent"), TimerValue::other);
  EXPECT_EQ(timer_value("X-Mine"), TimerValue::other);
}

}  // namespace
}  // namespace wx
