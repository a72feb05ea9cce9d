// Time enters the program only through Clock.
#pragma once

#include <chrono>

namespace wx {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using Micros = std::chrono::microseconds;
using Millis = std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock, UTC; may jump.
  virtual WallTime now() = 0;
  // CLOCK_MONOTONIC, the same scale that systemd's *Monotonic properties use; never goes back within one boot.
  virtual Micros monotonic() = 0;
  // Block for `duration`, or less when a signal asks the program to end. Thread-safe.
  virtual void sleep(Micros duration) = 0;
};

}  // namespace wx
