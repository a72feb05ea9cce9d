#include "tests/testkit/fake_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace wx::testkit {
namespace {

TEST(FakeClockTest, BothScalesMoveTogetherUntilTheWallClockIsSet) {
  FakeClock clock;
  const WallTime wall = clock.now();
  const Micros monotonic = clock.monotonic();
  clock.sleep(Millis{5});
  EXPECT_EQ(clock.now() - wall, Millis{5});
  EXPECT_EQ(clock.monotonic() - monotonic, Millis{5});
  clock.jump(-Millis{100});
  EXPECT_EQ(clock.now() - wall, Millis{-95});
  EXPECT_EQ(clock.monotonic() - monotonic, Millis{5});
}

TEST(FakeClockTest, CallbacksRunInTheOrderOfTheirTimeAndAtIt) {
  FakeClock clock;
  const Micros begin = clock.monotonic();
  std::vector<std::int64_t> seen;
  const auto note = [&] { seen.push_back((clock.monotonic() - begin).count()); };
  clock.at(begin + Micros{30}, note);
  clock.at(begin + Micros{10}, [&] {
    note();
    clock.at(begin + Micros{20}, note);
  });
  clock.cancel(clock.at(begin + Micros{15}, note));
  clock.at(begin + Micros{99}, note);
  clock.advance(Micros{50});
  EXPECT_THAT(seen, testing::ElementsAre(10, 20, 30));
  EXPECT_EQ((clock.monotonic() - begin).count(), 50);
}

TEST(FakeClockTest, ACallbackMaySleepPastOthers) {
  FakeClock clock;
  const Micros begin = clock.monotonic();
  int later = 0;
  clock.at(begin + Micros{10}, [&] { clock.sleep(Micros{100}); });
  clock.at(begin + Micros{20}, [&] { ++later; });
  clock.advance(Micros{30});
  EXPECT_EQ(later, 1);
  EXPECT_EQ((clock.monotonic() - begin).count(), 110);
}

}  // namespace
}  // namespace wx::testkit
