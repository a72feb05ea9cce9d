// systemd.time(7) as the installed systemd reads it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx {

class Calendar {
 public:
  virtual ~Calendar() = default;
  // When OnCalendar=`expression` elapses next, at most `count` times, to the second; fewer when it does not
  // elapse so often any more. `invalid` for what is no calendar expression, `unavailable` when systemd cannot
  // be asked.
  virtual Result<std::vector<WallTime>> elapses(const std::string& expression, std::size_t count) = 0;
  // The length of a time span such as "1h 30min". `invalid` for what is none, `unavailable` as above.
  virtual Result<Micros> span(const std::string& text) = 0;
};

}  // namespace wx
