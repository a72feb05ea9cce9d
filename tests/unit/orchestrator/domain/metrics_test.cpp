#include "orchestrator/domain/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace wx {
namespace {

using ::testing::HasSubstr;

using Change = std::function<void(Sample&)>;

Sample run(const Change& change = {}) {
  Sample out;
  out.duration_ms = 1000;
  out.memory_bytes = 50e6;
  out.facts.points = 20;
  out.facts.errors = false;
  if (change) change(out);
  return out;
}

// A block of ten with one run of the candidate, or a pair.
ObservationUnit block(const Change& candidate = {}, const Change& active = {}) {
  ObservationUnit out;
  out.candidate.push_back(run(candidate));
  for (int i = 0; i < 9; ++i) out.active.push_back(run(active));
  return out;
}
ObservationUnit pair(const Change& candidate = {}, const Change& active = {}) {
  return {true, {run(candidate)}, {run(active)}};
}

std::vector<ObservationUnit> times(std::size_t count, const ObservationUnit& unit) {
  return {count, unit};
}
std::vector<ObservationUnit> operator+(std::vector<ObservationUnit> a,
                                       const std::vector<ObservationUnit>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Finding found(const std::vector<ObservationUnit>& units, const std::string& metric,
              const std::vector<CheckSpec>& checks = {}) {
  for (auto& finding : find_metrics(units, checks))
    if (finding.metric == metric) return finding;
  ADD_FAILURE() << "no metric " << metric;
  return {};
}
MetricState state(const std::vector<ObservationUnit>& units, const std::string& metric) {
  return found(units, metric).state;
}

const Change fails = [](Sample& each) { each.failed = each.attributable = true; };
const Change fails_like_its_peer = [](Sample& each) { each.failed = true; };

TEST(Metrics, AreClearWhenTheCandidateIsLikeItsPeers) {
  for (const auto& finding : find_metrics(times(4, block()), {})) {
    if (finding.metric == "parity") continue;  // nothing was compared
    EXPECT_EQ(finding.state, MetricState::clear) << finding.metric;
    EXPECT_TRUE(finding.safe) << finding.metric;
    EXPECT_EQ(finding.n, 4U);
    EXPECT_FALSE(finding.threshold.empty());
    EXPECT_FALSE(finding.message.empty());
  }
}

TEST(Metrics, WithoutDataDoNotApply) {
  const auto bare =
      times(3, block([](Sample& each) { each = Sample{}; }, [](Sample& each) { each = Sample{}; }));
  for (const char* metric : {"points", "parity", "duration", "memory", "errors"})
    EXPECT_EQ(state(bare, metric), MetricState::na) << metric;
  EXPECT_EQ(state(bare, "failures"), MetricState::clear);
}

TEST(Metrics, OfOneSideAloneWaitForTheOther) {
  const auto one_side = times(3, block([](Sample& each) { each.facts.points.reset(); }));
  EXPECT_EQ(state(one_side, "points"), MetricState::wanting);
}

TEST(Failures, ThatAreAllOfTheCandidatesRunsAreFoundAtTheSecond) {
  EXPECT_EQ(state(times(1, block(fails)), "failures"), MetricState::suspect);
  EXPECT_EQ(state(times(2, block(fails)), "failures"), MetricState::harm);
  EXPECT_EQ(state(times(2, pair(fails)), "failures"), MetricState::harm);
}

TEST(Failures, OfOneRunInFewAreSuspectAndInManyAnAccident) {
  const auto few = found(times(4, block()) + times(1, block(fails)), "failures");
  EXPECT_EQ(few.state, MetricState::suspect);
  EXPECT_EQ(few.message,
            "1 of 5 runs of the candidate failed where the active slot managed (20 %), 0 of 45 of the active "
            "slot (0 %)");
  EXPECT_EQ(few.change, "15 more runs of the candidate without one clear it, 1 with one each show it");
  EXPECT_EQ(state(times(20, block()) + times(1, block(fails)), "failures"), MetricState::clear);
}

TEST(Failures, OfOneRunInFiveAreShownAfterSomeTwenty) {
  const auto five = times(4, block()) + times(1, block(fails));
  EXPECT_EQ(state(five + five + five + five, "failures"), MetricState::harm);
}

TEST(Failures, ThatTheActiveSlotHasTooAreNotTheCandidates) {
  EXPECT_EQ(state(times(10, pair(fails_like_its_peer, fails)), "failures"), MetricState::clear);
  auto flaky = times(8, block()) + times(2, block(fails));
  for (auto& unit : flaky) unit.active[0].failed = unit.active[1].failed = true;
  EXPECT_NE(state(flaky, "failures"), MetricState::harm) << "a fifth of the runs on either side";
}

TEST(Points, ThatAreFewerInEveryUnitAreHarm) {
  const auto fewer = times(12, block([](Sample& each) { each.facts.points = 19; }));
  const auto finding = found(fewer, "points");
  EXPECT_EQ(finding.state, MetricState::harm);
  EXPECT_EQ(finding.message, "19 points a run, the active slot 20 points; 5 % fewer, in 12 of 12 units");
  EXPECT_EQ(state({fewer.begin(), fewer.begin() + 4}, "points"), MetricState::suspect);
}

TEST(Points, ThatSomeRunsLackAltogetherAreHarm) {
  const auto nothing = times(4, block([](Sample& each) { each.facts.points = 0; }));
  const auto finding = found(times(16, block()) + nothing, "points");
  EXPECT_EQ(finding.state, MetricState::harm);
  EXPECT_THAT(finding.message, HasSubstr("4 of 20 runs wrote less than 80 % of it"));
}

TEST(Points, MayBeMoreAndMayVary) {
  EXPECT_EQ(state(times(12, block([](Sample& each) { each.facts.points = 40; })), "points"),
            MetricState::clear);
  const auto less = block([](Sample& each) { each.facts.points = 18; });
  const auto more = block([](Sample& each) { each.facts.points = 22; });
  EXPECT_EQ(state(times(20, less) + times(20, more), "points"), MetricState::clear);
}

TEST(Points, OfAWindowThatEachRunRewritesAreAShareOfWhatIsDue) {
  const auto lacking = [](Sample& each) {
    each.facts.due = 96;
    each.facts.points = 90;
  };
  const auto whole = [](Sample& each) { each.facts.due = each.facts.points = 96; };
  const auto finding = found(times(12, block(lacking, whole)), "points");
  EXPECT_EQ(finding.state, MetricState::harm);
  EXPECT_THAT(finding.message, HasSubstr("93.8 % of what is due"));
  EXPECT_EQ(state(times(12, block(whole, whole)), "points"), MetricState::clear);
}

TEST(Points, OfARunThatFailedSayNothing) {
  const auto failed = block([](Sample& each) {
    fails(each);
    each.facts.points = 0;
  });
  EXPECT_EQ(state(times(30, block()) + times(1, failed), "points"), MetricState::clear);
}

TEST(Duration, ThatIsThriceAsLongIsHarm) {
  const auto slow = times(12, block([](Sample& each) { each.duration_ms = 3000; }));
  const auto finding = found(slow, "duration");
  EXPECT_EQ(finding.state, MetricState::harm);
  EXPECT_FALSE(finding.safe);
  EXPECT_EQ(finding.message, "3 s, the active slot 1 s; worse by more than 10 % in 12 of 12 units");
  const auto few = found({slow.begin(), slow.begin() + 3}, "duration");
  EXPECT_EQ(few.state, MetricState::suspect);
  EXPECT_EQ(few.change, "1 more unit in which it is not worse clear it, 8 in which it is show it");
}

TEST(Duration, MayBeWorseByTheMarginOrTheSlack) {
  EXPECT_EQ(state(times(40, block([](Sample& each) { each.duration_ms = 1100; })), "duration"),
            MetricState::clear);
  const auto quick = [](Sample& each) { each.duration_ms = 10; };
  const auto thrice = [](Sample& each) { each.duration_ms = 30; };
  EXPECT_EQ(state(times(40, block(thrice, quick)), "duration"), MetricState::clear) << "20 ms are not felt";
}

TEST(Memory, HasAMarginAndASlackOfItsOwn) {
  EXPECT_EQ(state(times(12, block([](Sample& each) { each.memory_bytes = 60e6; })), "memory"),
            MetricState::harm);
  EXPECT_EQ(state(times(12, block([](Sample& each) { each.memory_bytes = 52e6; })), "memory"),
            MetricState::clear);
}

TEST(Errors, ThatTheActiveSlotDoesNotLeaveAreHarm) {
  const auto error = [](Sample& each) { each.facts.errors = true; };
  const auto finding = found(times(4, block(error)), "errors");
  EXPECT_EQ(finding.state, MetricState::harm);
  EXPECT_THAT(finding.message,
              HasSubstr("4 of 4 runs of the candidate left an error in the journal (100 %)"));
  EXPECT_EQ(state(times(4, block(error, error)), "errors"), MetricState::clear);
  EXPECT_EQ(state(times(1, block(error)), "errors"), MetricState::suspect);
}

TEST(Parity, FindsPointsThatDiffer) {
  const auto wrong = [](Sample& each) { each.facts.compared = ComparedPoints{20, 1}; };
  const auto right = [](Sample& each) { each.facts.compared = ComparedPoints{20, 0}; };
  EXPECT_EQ(state(times(10, pair(right)), "parity"), MetricState::clear);
  EXPECT_EQ(state(times(3, pair(right)) + times(1, pair(wrong)), "parity"), MetricState::suspect);
  const auto finding = found(times(2, pair(wrong)), "parity");
  EXPECT_EQ(finding.state, MetricState::harm);
  EXPECT_EQ(finding.message,
            "5 % of the points that both should have are missing or different, in 2 of 2 runs");
}

TEST(Parity, FindsAShiftWhereNoPointsCanBeCompared) {
  const auto value = [](double is) { return [is](Sample& each) { each.facts.values["host=a value"] = is; }; };
  const auto finding = found(times(12, block(value(2), value(1))), "parity");
  EXPECT_EQ(finding.state, MetricState::harm);
  EXPECT_EQ(finding.message, "host=a value is 2, the active slot's 1; 12 of 12 units lean up");
  EXPECT_EQ(state(times(12, block(value(1), value(1))), "parity"), MetricState::clear);
  EXPECT_EQ(state(times(6, block(value(2), value(1))) + times(6, block(value(0), value(1))), "parity"),
            MetricState::clear);
}

TEST(Parity, ComparesNoCounters) {
  std::vector<ObservationUnit> units;
  units.reserve(12);
  for (int i = 0; i < 12; ++i)
    units.push_back(pair([i](Sample& each) { each.facts.values["host=a runs"] = i; },
                         [i](Sample& each) { each.facts.values["host=a runs"] = 1000 + i; }));
  EXPECT_NE(state(units, "parity"), MetricState::harm);
}

TEST(Checks, HoldTheCandidatesMetricAgainstTheManifestsThreshold) {
  CheckSpec hits;
  hits.id = "cache-hits";
  hits.ratio = {"hits", "operations"};
  hits.min = 0.95;
  const auto value = [](double is) { return [is](Sample& each) { each.facts.metrics["cache-hits"] = is; }; };
  const auto of = [&](const std::vector<ObservationUnit>& units) {
    return found(units, "cache-hits", {hits});
  };
  EXPECT_EQ(of(times(3, block(value(0.97), value(0.96)))).state, MetricState::clear);
  EXPECT_EQ(of(times(1, block(value(0.5), value(0.96)))).state, MetricState::suspect);
  const auto bad = of(times(2, block(value(0.5), value(0.96))));
  EXPECT_EQ(bad.state, MetricState::harm);
  EXPECT_EQ(bad.message, "0.5, must be at least 0.95; the active slot 0.96");
  EXPECT_EQ(of(times(2, block(value(0.5), value(0.5)))).state, MetricState::clear)
      << "not the candidate's fault";
  EXPECT_EQ(of(times(2, block())).state, MetricState::na);
}

}  // namespace
}  // namespace wx
