#include "orchestrator/domain/log_digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx {
namespace {

using testing::ElementsAre;

constexpr WallTime noon{Micros{1'795'521'600LL * 1'000'000}};
constexpr Micros minute{60LL * 1'000'000};

std::vector<std::string> told(const std::vector<LogPattern>& patterns) {
  std::vector<std::string> out;
  for (const auto& pattern : patterns) out.push_back((pattern.is_new ? "new " : "") + pattern.pattern);
  return out;
}

TEST(LogDigest, TellsWhatIsNewFirstThenTheWorstThenTheMost) {
  LogDigest digest;
  digest.add(Slot::blue, noon, 6, "wrote 3 points");
  digest.add(Slot::green, noon, 6, "wrote 4 points");
  digest.add(Slot::blue, noon, 3, "no answer");
  digest.add(Slot::green, noon, 3, "no answer");
  digest.add(Slot::green, noon, 6, "hello");
  digest.add(Slot::green, noon, 3, "cannot parse");
  digest.add(Slot::blue, noon, 6, "bye");
  EXPECT_THAT(told(digest.patterns(Slot::green)),
              ElementsAre("new cannot parse", "new hello", "no answer", "wrote <n> points", "bye"));
}

TEST(LogDigest, CallsNothingNewBesideASlotThatSaysNothing) {
  LogDigest digest;
  digest.add(Slot::green, noon, 6, "hello");
  EXPECT_THAT(told(digest.patterns(Slot::green)), ElementsAre("hello"));
}

TEST(LogDigest, CountsErrorsByHourAndSlot) {
  LogDigest digest;
  digest.add(Slot::blue, noon, 3, "a");
  digest.add(Slot::green, noon + 59 * minute, 6, "ERROR b");
  digest.add(Slot::green, noon + 60 * minute, 3, "c");
  digest.add(Slot::green, noon + 60 * minute, 6, "all is well");
  EXPECT_EQ((std::map<WallTime, PerSlot>{{noon, {1, 1}}, {noon + 60 * minute, {0, 1}}}),
            digest.errors_by_hour());
  EXPECT_EQ((PerSlot{1, 3}), digest.lines());
  EXPECT_EQ((PerSlot{1, 2}), digest.errors());
}

TEST(LogDigest, KeepsWhenAPatternWasSaidFirstAndLast) {
  LogDigest digest;
  digest.add(Slot::blue, noon + minute, 6, "run 2");
  digest.add(Slot::green, noon, 6, "run 1");
  const auto patterns = digest.patterns(Slot::green);
  ASSERT_EQ(1U, patterns.size());
  EXPECT_EQ((std::pair{noon, noon + minute}), (std::pair{patterns[0].first, patterns[0].last}));
  EXPECT_EQ("run 2", patterns[0].example);
}

TEST(LogDigest, IsBoundedHoweverManyPatternsThereAre) {
  LogDigest digest;
  for (std::size_t i = 0; i < LogDigest::most_patterns + 7; ++i) {
    std::string word = "x";
    for (std::size_t rest = i; rest > 0; rest /= 20) word += static_cast<char>('g' + rest % 20);
    digest.add(Slot::blue, noon, 6, word);
  }
  EXPECT_EQ(LogDigest::most_patterns, digest.patterns(Slot::blue).size());
  EXPECT_EQ(7U, digest.untold());
}

}  // namespace
}  // namespace wx
