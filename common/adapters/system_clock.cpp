#include "common/adapters/system_clock.hpp"

#include <sys/timex.h>

#include <ctime>

namespace wx {
namespace {

class SystemClock final : public Clock {
 public:
  WallTime now() override { return std::chrono::floor<Micros>(std::chrono::system_clock::now()); }

  Micros monotonic() override {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::chrono::seconds{time.tv_sec} + Micros{time.tv_nsec / 1000};
  }

  void sleep(Micros duration) override {
    if (duration <= Micros{0}) return;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    const timespec time{static_cast<time_t>(seconds.count()),
                        static_cast<long>((duration - seconds).count() * 1000)};
    // Not resumed after EINTR: a caught signal asks the program to look up.
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
  }
};

}  // namespace

std::unique_ptr<Clock> make_system_clock() {
  return std::make_unique<SystemClock>();
}

std::optional<bool> kernel_clock_synchronised() {
  timex state{};
  const int answer = ::adjtimex(&state);
  if (answer < 0) return std::nullopt;
  return answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

}  // namespace wx
