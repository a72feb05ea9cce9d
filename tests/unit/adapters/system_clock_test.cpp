#include "common/adapters/system_clock.hpp"

#include <gtest/gtest.h>
#include <sys/time.h>

#include <csignal>
#include <ctime>

namespace wx {
namespace {

TEST(SystemClock, TellsTheTimeOfTheMachine) {
  const auto clock = make_system_clock();
  const auto before = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto now = clock->now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, std::chrono::system_clock::now());
}

TEST(SystemClock, CountsOnTheScaleOfClockMonotonic) {
  const auto clock = make_system_clock();
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  const auto first = clock->monotonic();
  EXPECT_GE(first, std::chrono::seconds{time.tv_sec});
  EXPECT_GE(clock->monotonic(), first);
}

TEST(SystemClock, SleepsAtLeastAsLongAsAsked) {
  const auto clock = make_system_clock();
  const auto begin = clock->monotonic();
  clock->sleep(Millis{20});
  EXPECT_GE(clock->monotonic() - begin, Millis{20});
}

TEST(SystemClock, DoesNotSleepForNothingOrLess) {
  const auto clock = make_system_clock();
  clock->sleep(Micros{0});
  clock->sleep(Micros{-1});
  clock->sleep(Micros::min());
}

TEST(SystemClock, WakesUpForASignalThatIsCaught) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  struct sigaction before {};
  ::sigaction(SIGALRM, &action, &before);
  // Again and again, in case the first comes before the sleep.
  const itimerval alarm{{0, 10'000}, {0, 10'000}};
  ::setitimer(ITIMER_REAL, &alarm, nullptr);
  make_system_clock()->sleep(std::chrono::hours{24});  // the time limit of the test is the failure
  const itimerval off{};
  ::setitimer(ITIMER_REAL, &off, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
}

}  // namespace
}  // namespace wx
