#include "orchestrator/engine/reconcile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testkit/effects.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t second = 1'000'000'000;

class ReconcileTest : public testing::Test {
 protected:
  ReconcileTest() {
    store.kind = "sqlite";
    store.path = "ticks.db";
    store.measurement = "tick";
    store.active.bucket = "ticks";
    store.candidate.bucket = "ticks-candidate";
    EXPECT_TRUE(machine.ports.stores.create(path));
  }

  void put(const std::string& bucket, const std::vector<std::int64_t>& seconds, double value = 1.0) {
    std::vector<Point> points;
    for (const auto time : seconds) points.push_back({"tick", "host=a", time * second, {{"v", value}}});
    EXPECT_TRUE((*machine.world.stores.open({.path = path}))->write(bucket, points));
  }
  std::vector<std::int64_t> times(const std::string& bucket, const std::string& file = {}) {
    std::vector<std::int64_t> out;
    for (const auto& [key, point] : machine.world.stores.points(file.empty() ? path : file, bucket))
      out.push_back(point.time_ns / second);
    return out;
  }
  void ran(const std::string& role, Micros at, const std::string& result = "success") {
    wx::Run run;
    run.id = std::to_string(runs.size());
    run.role = role;
    run.at = WallTime{at};
    run.ended = run.at + 100ms;
    run.counted = true;
    run.result = result;
    runs.push_back(std::move(run));
  }
  ReconcileScope scope(Ports& ports) {
    return {ports, machine.layout, store, store, runs, WallTime{0s}, WallTime{1000s}};
  }

  Machine machine;
  StoreSpec store;
  std::vector<wx::Run> runs;
  const std::string path = machine.layout.data + "/ticks.db";
};

TEST_F(ReconcileTest, APromotionBringsThePointsOfSplitRunsHome) {
  ran("active", 10s);
  ran("candidate", 20s);
  ran("candidate", 30s);
  put("ticks", {10, 30});
  put("ticks-candidate", {20});
  put("ticks-candidate", {30}, 2.0);
  put("ticks-candidate", {40});
  const auto surveyed = survey(scope(machine.ports));
  ASSERT_TRUE(surveyed);
  EXPECT_EQ(surveyed->found, 1U);
  EXPECT_EQ(surveyed->copied, 0U);
  EXPECT_THAT(surveyed->unreconciled, ElementsAre(20 * second));
  EXPECT_THAT(times("ticks"), ElementsAre(10, 30)) << "a survey changes nothing";

  const auto report = reconcile_promoted(scope(machine.ports));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(times("ticks"), ElementsAre(10, 20, 30));
  EXPECT_EQ(report->copied, 1U);
  EXPECT_EQ(report->main_before, 2U);
  EXPECT_EQ(report->main_after, 3U);
  EXPECT_THAT(report->unreconciled, IsEmpty());
  EXPECT_EQ(report->conflicts_total, 1U);
  EXPECT_THAT(
      report->message,
      HasSubstr("1 point copied from ticks-candidate to ticks (2 points before, 3 after); 1 value of both"));
  EXPECT_EQ(reconcile_promoted(scope(machine.ports))->copied, 0U) << "again: nothing left to do";
}

TEST_F(ReconcileTest, ManyPointsAreCopiedInBatchesWithAPulseInBetween) {
  std::vector<std::int64_t> all;
  for (int i = 1; i <= 2500; ++i) {
    ran("candidate", i * 1s);
    all.push_back(i);
  }
  put("ticks-candidate", all);
  int pulses = 0;
  auto wide = scope(machine.ports);
  wide.until = WallTime{5000s};
  wide.pulse = [&pulses] {
    ++pulses;
    return Status{};
  };
  const auto report = reconcile_promoted(wide);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->copied, 2500U);
  EXPECT_EQ(times("ticks"), all);
  EXPECT_GT(pulses, 2);
  wide.pulse = [] { return Status(Error{Code::interrupted, "stop"}); };
  put("ticks-candidate", {2501});
  ran("candidate", 2501s);
  EXPECT_EQ(reconcile_promoted(wide).error().code, Code::interrupted);
}

TEST_F(ReconcileTest, AStoreThatTakesNoPointsIsFound) {
  ran("candidate", 20s);
  put("ticks-candidate", {20});
  // A server that answers well and keeps nothing.
  class Forgetful final : public BucketStores {
   public:
    explicit Forgetful(BucketStores& real) : real_(real) {}
    Result<std::unique_ptr<BucketStore>> open(const StoreAddress& address) override {
      class Store final : public BucketStore {
       public:
        explicit Store(std::unique_ptr<BucketStore> real) : real_(std::move(real)) {}
        Result<std::unique_ptr<PointStream>> stream(const PointRange& range) override {
          return real_->stream(range);
        }
        Result<std::uint64_t> count(const PointRange& range) override { return real_->count(range); }
        Status write(const std::string&, const std::vector<Point>&) override { return {}; }
        Result<std::uint64_t> add(const std::string&, const std::vector<Point>& points) override {
          return points.size();
        }
        Status check_writable(const std::string&) override { return {}; }
        Status remove_points(const std::string& bucket) override { return real_->remove_points(bucket); }

       private:
        std::unique_ptr<BucketStore> real_;
      };
      WX_LET(auto store, real_.open(address));
      return std::unique_ptr<BucketStore>(std::make_unique<Store>(std::move(store)));
    }
    Status create(const std::string& path) override { return real_.create(path); }
    Result<std::vector<BucketSummary>> summary(const std::string& path) override {
      return real_.summary(path);
    }

   private:
    BucketStores& real_;
  };
  Forgetful forgetful(machine.world.stores);
  Ports& own = machine.ports;
  Ports ports{own.files, own.systemd, own.clock,   own.journal, own.http,
              forgetful, own.calendar, own.ids,     own.boot_id, own.caller};
  const auto report = reconcile_promoted(scope(ports));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::failed);
  EXPECT_THAT(report.error().message, HasSubstr("still missing: 1 point"));
  const auto moved = clear_candidate_bucket(ports, machine.layout, store, "o-1", [] { return Status{}; });
  ASSERT_FALSE(moved);
  EXPECT_THAT(times("ticks-candidate"), ElementsAre(20)) << "what is not safe elsewhere is not removed";
}

TEST_F(ReconcileTest, TheCandidatesBucketGoesToTheEvidenceOfTheRolloutBefore) {
  put("ticks", {1});
  put("ticks-candidate", {1, 2, 3});
  const auto nothing = [] { return Status{}; };
  const auto moved = clear_candidate_bucket(machine.ports, machine.layout, store, "o-1", nothing);
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(*moved, 3U);
  EXPECT_THAT(times("ticks-candidate"), IsEmpty());
  EXPECT_THAT(times("ticks"), ElementsAre(1)) << "main is left alone";
  EXPECT_THAT(times("ticks-candidate", machine.layout.evidence("o-1") + "/points.db"), ElementsAre(1, 2, 3));
  EXPECT_EQ(*clear_candidate_bucket(machine.ports, machine.layout, store, "o-2", nothing), 0U);
  EXPECT_EQ(evidence_store(machine.ports, machine.layout, store, "o-2").error().code, Code::not_found);

  // From there it can still be brought home.
  ran("candidate", 2s);
  const auto evidence = evidence_store(machine.ports, machine.layout, store, "o-1");
  ASSERT_TRUE(evidence);
  const ReconcileScope from_evidence{machine.ports, machine.layout, store,         *evidence,
                                     runs,          WallTime{0s},   WallTime{100s}};
  ASSERT_TRUE(reconcile_promoted(from_evidence));
  EXPECT_THAT(times("ticks"), ElementsAre(1, 2));
}

TEST_F(ReconcileTest, KilledAtAnyEffectItIsFinishedByTheNextCall) {
  const auto nothing = [] { return Status{}; };
  for (const testkit::Moment moment : {testkit::Moment::before, testkit::Moment::after}) {
    for (std::size_t number = 0;; ++number) {
      SCOPED_TRACE(number);
      put("ticks-candidate", {1, 2, 3});
      ran("candidate", 2s);
      testkit::DieAt death(number, moment);
      bool died = false;
      try {
        testkit::FakeProcess process(machine.world, death);
        ASSERT_TRUE(reconcile_promoted(scope(process.ports)));
        ASSERT_TRUE(clear_candidate_bucket(process.ports, machine.layout, store, "o-1", nothing));
      } catch (const testkit::Killed&) {
        died = true;
      }
      ASSERT_TRUE(reconcile_promoted(scope(machine.ports)));
      ASSERT_TRUE(clear_candidate_bucket(machine.ports, machine.layout, store, "o-1", nothing));
      EXPECT_THAT(times("ticks-candidate"), IsEmpty());
      EXPECT_THAT(times("ticks-candidate", machine.layout.evidence("o-1") + "/points.db"),
                  ElementsAre(1, 2, 3));
      EXPECT_THAT(times("ticks"), ElementsAre(2));
      machine.world.stores.remove(machine.layout.evidence("o-1") + "/points.db");
      EXPECT_TRUE((*machine.world.stores.open({.path = path}))->remove_points("ticks"));
      runs.clear();
      if (!died) break;
    }
  }
}

TEST(Blame, IsOfDataWhenTheLastAnalysisSaysSo) {
  const auto analysed = [](const std::string& blamed) {
    return JournalRecord{"note", {}, 1, {{"blamed", blamed}}};
  };
  const JournalRecord other{"note", {}, 1, {{"message", "points"}}};
  EXPECT_TRUE(blames_data({analysed("failures parity"), other}));
  EXPECT_TRUE(blames_data({analysed(""), analysed("points")}));
  EXPECT_FALSE(blames_data({analysed("points"), analysed("")})) << "the last word counts";
  EXPECT_FALSE(blames_data({analysed("failures duration")}));
  EXPECT_FALSE(blames_data({other}));
}

}  // namespace
}  // namespace wx
