#include "common/adapters/systemd_calendar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/core/instant.hpp"

namespace wx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Answers with what systemd-analyze of systemd 252 said.
class Recorded final : public Process {
 public:
  Result<ProcessOutcome> run(const ProcessRequest& request) override {
    argv = request.argv;
    if (missing) return Error{Code::not_found, "cannot run systemd-analyze"};
    ProcessOutcome outcome;
    outcome.output = output;
    outcome.exit_status = exit_status;
    outcome.timed_out = timed_out;
    return outcome;
  }
  std::vector<std::string> argv;
  std::string output;
  int exit_status = 0;
  bool timed_out = false;
  bool missing = false;
};

class SystemdCalendar : public testing::Test {
 protected:
  std::vector<std::string> elapses(const std::string& expression) {
    const auto found = calendar->elapses(expression, 2);
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> out;
    if (found)
      for (const auto time : *found) out.push_back(format_instant(time));
    return out;
  }

  Recorded process;
  std::unique_ptr<Calendar> calendar = make_systemd_calendar(process, "/usr/bin");
};

TEST_F(SystemdCalendar, ReadsElapsesWhereTheMachineIsInUtc) {
  process.output =
      "  Original form: *:0/30\nNormalized form: *-*-* *:00/30:00\n    Next elapse: Tue 2026-11-24 13:00:00 "
      "UTC\n"
      "       From now: 13min left\n       Iter. #2: Tue 2026-11-24 13:30:00 UTC\n       From now: 43min "
      "left\n";
  EXPECT_THAT(elapses("*:0/30"), ElementsAre("2026-11-24T13:00:00Z", "2026-11-24T13:30:00Z"));
  EXPECT_THAT(process.argv, ElementsAre("systemd-analyze", "calendar", "--iterations=2", "--", "*:0/30"));
}

TEST_F(SystemdCalendar, ReadsElapsesInAnotherTimeZone) {
  process.output =
      "  Original form: Mon 03:00\nNormalized form: Mon *-*-* 03:00:00\n    Next elapse: Mon 2026-11-30 "
      "03:00:00 CET\n"
      "       (in UTC): Mon 2026-11-30 02:00:00 UTC\n       From now: 5 days left\n       Iter. #2: Mon "
      "2026-12-07 03:00:00 CET\n"
      "       (in UTC): Mon 2026-12-07 02:00:00 UTC\n       From now: 1 week 5 days left\n";
  EXPECT_THAT(elapses("Mon 03:00"), ElementsAre("2026-11-30T02:00:00Z", "2026-12-07T02:00:00Z"));
}

TEST_F(SystemdCalendar, TellsWhatNeverElapses) {
  process.output =
      "  Original form: 2020-01-01 UTC\nNormalized form: 2020-01-01 00:00:00 UTC\n    Next elapse: never\n";
  EXPECT_THAT(elapses("2020-01-01 UTC"), IsEmpty());
}

TEST_F(SystemdCalendar, ReadsSpans) {
  process.output = "Original: 1h 30min\n      \xce\xbcs: 5400000000\n   Human: 1h 30min\n";
  EXPECT_EQ(calendar->span("1h 30min").value(), std::chrono::minutes(90));
  process.output = "Original: infinity\n      us: 18446744073709551615\n   Human: infinity\n";
  EXPECT_EQ(calendar->span("infinity").value(), Micros::max());
}

TEST_F(SystemdCalendar, TellsBadInputFromAnAnswerThatNeverCame) {
  process.exit_status = 1;
  const auto bad = calendar->elapses("soon", 2);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::invalid);
  EXPECT_EQ(bad.error().message, "systemd does not understand \"soon\"");
  process.timed_out = true;
  EXPECT_EQ(calendar->span("1h").error().code, Code::unavailable);
  process.missing = true;
  const auto none = calendar->span("1h");
  EXPECT_EQ(none.error().code, Code::unavailable);
  EXPECT_THAT(none.error().message, HasSubstr("cannot run systemd-analyze"));
}

}  // namespace
}  // namespace wx
