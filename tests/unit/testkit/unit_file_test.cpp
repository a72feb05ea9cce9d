#include "tests/testkit/unit_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/core/instant.hpp"

namespace wx::testkit {
namespace {

using testing::ElementsAre;

TEST(UnitFileTest, AssignmentsAddUpAndAnEmptyOneStartsAnew) {
  UnitFile file;
  file.read(
      "# comment\n[Service]\nExecStart=/a \\\n  b\nExecStart=/c\n[Install]\nWantedBy=x y\nWantedBy=z\n");
  EXPECT_THAT(file.all("Service.ExecStart"), ElementsAre("/a  b", "/c"));
  EXPECT_THAT(file.words("Install.WantedBy"), ElementsAre("x", "y", "z"));
  file.read("[Service]\nExecStart=\nExecStart=/d\n");
  EXPECT_THAT(file.all("Service.ExecStart"), ElementsAre("/d"));
  EXPECT_EQ(file.last("Service.Type", "simple"), "simple");
}

TEST(UnitFileTest, InstancesHaveATemplateAndSpecifiers) {
  EXPECT_EQ(template_of("a@blue.service"), "a@.service");
  EXPECT_EQ(template_of("a.service"), std::nullopt);
  EXPECT_EQ(expand_specifiers("%p|%i|%n|%N|%%|%h", "a@blue.service"), "a|blue|a@blue.service|a@blue|%|%h");
}

TEST(UnitFileTest, CommandsAreSplitAtBlanksOutsideQuotes) {
  EXPECT_THAT(split_command("/bin/x 'a b' \"c 'd\" e\\ f ''"),
              ElementsAre("/bin/x", "a b", "c 'd", "e f", ""));
}

TEST(UnitFileTest, SpansAreReadAsSystemdDoes) {
  EXPECT_EQ(parse_span("100ms"), Micros{100'000});
  EXPECT_EQ(parse_span("1min 30s"), Micros{90'000'000});
  EXPECT_EQ(parse_span("1h30m"), Micros{5'400'000'000});
  EXPECT_EQ(parse_span("0.5"), Micros{500'000});
  EXPECT_EQ(parse_span("infinity"), std::nullopt);
  EXPECT_EQ(parse_span(""), std::nullopt);
}

TEST(UnitFileTest, TheNextElapseIsAlwaysInTheFuture) {
  const WallTime now = *parse_instant("2026-11-24T08:00:00Z");
  const auto next = [&](const char* calendar) {
    return format_instant(next_elapse(calendar, now).value_or(WallTime{}));
  };
  EXPECT_EQ(next("*:*:0/10"), "2026-11-24T08:00:10Z");
  EXPECT_EQ(next("*:0/15"), "2026-11-24T08:15:00Z");
  EXPECT_EQ(next("hourly"), "2026-11-24T09:00:00Z");
  EXPECT_EQ(next("daily"), "2026-11-25T00:00:00Z");
  EXPECT_EQ(next("2026-11-24 08:05:00 UTC"), "2026-11-24T08:05:00Z");
  EXPECT_EQ(next_elapse("2026-11-24 07:00:00 UTC", now), std::nullopt);
  EXPECT_EQ(next_elapse("*:*:0/7", now + Micros{58'000'000}), now + Micros{60'000'000});
}

}  // namespace
}  // namespace wx::testkit
