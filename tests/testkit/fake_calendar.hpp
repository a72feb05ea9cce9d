// Calendar for the expressions and spans that FakeSystemd knows; everything else is no expression.
#pragma once

#include <string>
#include <vector>

#include "common/ports/calendar.hpp"
#include "tests/testkit/fake_clock.hpp"
#include "tests/testkit/unit_file.hpp"

namespace wx::testkit {

class FakeCalendar final : public Calendar {
 public:
  explicit FakeCalendar(FakeClock& clock) : clock_(clock) {}

  // Set to let every call fail as if systemd-analyze were not installed.
  bool unreachable = false;

  Result<std::vector<WallTime>> elapses(const std::string& expression, std::size_t count) override {
    WX_TRY(reachable());
    std::vector<WallTime> out;
    for (auto next = next_elapse(expression, clock_.now()); next && out.size() < count;
         next = next_elapse(expression, out.back()))
      out.push_back(*next);
    const bool instant = expression.size() >= 19 && expression[4] == '-';  // a date may be past
    if (out.empty() && !instant) return not_understood(expression);
    return out;
  }
  Result<Micros> span(const std::string& text) override {
    WX_TRY(reachable());
    if (const auto parsed = parse_span(text)) return *parsed;
    return not_understood(text);
  }

 private:
  [[nodiscard]] Status reachable() const {
    if (unreachable) return Error{Code::unavailable, "systemd-analyze cannot be asked: this is a test"};
    return {};
  }
  static Error not_understood(const std::string& text) {
    return Error{Code::invalid, "systemd does not understand \"" + text + "\"", "man systemd.time"};
  }

  FakeClock& clock_;
};

}  // namespace wx::testkit
