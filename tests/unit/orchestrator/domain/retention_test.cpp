#include "orchestrator/domain/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr WallTime now{Micros(1'000'000h)};

std::vector<std::string> staying(const Retention& retention, const std::set<std::string>& needed,
                                 const std::string& verified) {
  const std::vector<StoredBackup> all{{"b-5", "r-5", now - 1h},
                                      {"b-4", "r-4", now - 24h},
                                      {"b-3", "r-3", now - 48h},
                                      {"b-2", "r-1", now - 720h},
                                      {"b-1", "r-1", now - 721h}};
  const auto reasons = reasons_to_stay(all, retention, now, needed, verified);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < all.size(); ++at)
    if (!reasons.at(at).empty()) out.push_back(all[at].id);
  return out;
}

TEST(Retention, KeepsTheNewest) {
  EXPECT_THAT(staying({2, {}}, {}, "b-5"), ElementsAre("b-5", "b-4"));
  EXPECT_THAT(staying({9, {}}, {}, "b-5"), ElementsAre("b-5", "b-4", "b-3", "b-2", "b-1"));
}

TEST(Retention, OfOlderOnesOnlyWhatIsNotOldEnough) {
  EXPECT_THAT(staying({1, 48h}, {}, "b-5"), ElementsAre("b-5", "b-4"));
  EXPECT_THAT(staying({1, 49h}, {}, "b-5"), ElementsAre("b-5", "b-4", "b-3"));
}

TEST(Retention, KeepsTheNewestOfEachReleaseThatARollbackMayGoTo) {
  EXPECT_THAT(staying({1, {}}, {"r-5", "r-1"}, "b-5"), ElementsAre("b-5", "b-2"));
}

TEST(Retention, KeepsTheNewestGoodOneHoweverOldItIs) {
  EXPECT_THAT(staying({1, {}}, {}, "b-1"), ElementsAre("b-5", "b-1"));
}

}  // namespace
}  // namespace wx
