#include "orchestrator/engine/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/routing/ledger_lines.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::int64_t second = 1'000'000'000;

// The store of the candidate's bucket answers well until so many points were read.
class BreakingStores final : public BucketStores {
 public:
  BreakingStores(BucketStores& real, std::string bucket, int points)
      : real_(real), bucket_(std::move(bucket)), points_(points) {}

  Result<std::unique_ptr<BucketStore>> open(const StoreAddress& address) override {
    WX_LET(auto store, real_.open(address));
    return std::unique_ptr<BucketStore>(std::make_unique<Store>(std::move(store), *this));
  }
  Status create(const std::string& path) override { return real_.create(path); }
  Result<std::vector<BucketSummary>> summary(const std::string& path) override { return real_.summary(path); }

 private:
  struct Stream final : PointStream {
    Stream(std::unique_ptr<PointStream> real, int points) : real_(std::move(real)), points_(points) {}
    Result<bool> next(Point& point) override {
      if (points_-- == 0) return Error{Code::unavailable, "the server went away", "start it"};
      return real_->next(point);
    }
    std::unique_ptr<PointStream> real_;
    int points_;
  };
  struct Store final : BucketStore {
    Store(std::unique_ptr<BucketStore> real, BreakingStores& stores)
        : real_(std::move(real)), stores_(stores) {}
    Result<std::unique_ptr<PointStream>> stream(const PointRange& range) override {
      WX_LET(auto stream, real_->stream(range));
      if (range.bucket != stores_.bucket_) return stream;
      return std::unique_ptr<PointStream>(std::make_unique<Stream>(std::move(stream), stores_.points_));
    }
    Result<std::uint64_t> count(const PointRange& range) override { return real_->count(range); }
    Status write(const std::string& bucket, const std::vector<Point>& points) override {
      return real_->write(bucket, points);
    }
    Result<std::uint64_t> add(const std::string& bucket, const std::vector<Point>& points) override {
      return real_->add(bucket, points);
    }
    Status check_writable(const std::string& bucket) override { return real_->check_writable(bucket); }
    Status remove_points(const std::string& bucket) override { return real_->remove_points(bucket); }
    std::unique_ptr<BucketStore> real_;
    BreakingStores& stores_;
  };

  BucketStores& real_;
  std::string bucket_;
  int points_;
};

class CompareTest : public testing::Test {
 protected:
  CompareTest() {
    EXPECT_TRUE(machine.ports.stores.create(machine.layout.data + "/ticks.db"));
    generation = Machine::with_active(machine.stored("one"));
    number = machine.commit(generation);
    start = machine.world.clock.now();
  }

  // The candidate gets this share of the runs from now on.
  void split(double percent) {
    generation.green = machine.stored("two");
    generation.route.candidate = Slot::green;
    generation.route.mode = RouteMode::split;
    generation.route.percent = percent;
    number = machine.commit(generation);
  }
  // A counted run `at` after the start that wrote one point.
  void run(Slot slot, Micros at) {
    wx::Run begun;
    begun.id = "run-" + std::to_string(runs_++);
    begun.at = start + at;
    begun.slot = to_string(slot);
    begun.role = slot == Slot::blue ? "active" : "candidate";
    begun.generation = number;
    begun.trigger = "timer";
    begun.counted = true;
    const EndLine end{begun.id, begun.at + 100ms, "success", 0, "", 100};
    EXPECT_TRUE(machine.files.append(machine.layout.ledger(), render_begin(begun) + render_end(end), true));
    put(slot == Slot::blue ? "ticks" : "ticks-candidate", begun.at);
  }
  void put(const std::string& bucket, WallTime at) {
    const auto store = *machine.world.stores.open({.path = machine.layout.data + "/ticks.db"});
    EXPECT_TRUE(store->write(bucket, {{"tick", "", to_ns(at) / second * second, {{"v", 1.0}}}}));
  }
  CompareReport compare(Ports& ports, bool in_rollout = true) {
    machine.world.clock.advance(1h);
    return compare_buckets({ports, machine.layout, manifest, generation,
                            in_rollout ? std::optional(start) : std::nullopt, 24h, pulse});
  }

  Machine machine;
  Manifest manifest = machine.manifest();
  Generation generation;
  std::uint64_t number = 0;
  WallTime start{};
  std::function<Status()> pulse = [] { return Status{}; };

 private:
  int runs_ = 0;
};

TEST_F(CompareTest, ExpectsTheShareThatTheRoutesOfTheRunsGave) {
  run(Slot::blue, 10s);  // before the trial: of no account
  split(50);
  run(Slot::blue, 20s);
  run(Slot::green, 30s);
  split(25);
  run(Slot::blue, 40s);
  run(Slot::blue, 50s);
  const auto report = compare(machine.ports);
  ASSERT_TRUE(report.comparison) << report.message;
  EXPECT_EQ(report.main.bucket, "ticks");
  EXPECT_EQ(report.candidate.slot, Slot::green);
  EXPECT_DOUBLE_EQ(*report.expected_share, (0.5 + 0.5 + 0.25 + 0.25) / 4);
  EXPECT_DOUBLE_EQ(*report.observed_share, 0.25);
  EXPECT_EQ(report.comparison->main.points, 4U);
  EXPECT_EQ(report.verdict, "pass") << report.message;
}

TEST_F(CompareTest, TheWindowBeginsWhereTheLedgerDoes) {
  split(50);
  run(Slot::blue, 20s);
  run(Slot::green, 30s);
  EXPECT_EQ(compare(machine.ports).from, start);
  machine.files.put(machine.layout.older_ledger(), "");
  EXPECT_EQ(compare(machine.ports).from, start + 20s) << "an older part may have been dropped";
}

TEST_F(CompareTest, WithoutARolloutNothingIsDue) {
  put("ticks", start + 1s);
  put("ticks-candidate", start + 1s);
  const auto report = compare(machine.ports, false);
  EXPECT_EQ(report.verdict, "pass") << report.message;
  EXPECT_EQ(report.expected_share, std::nullopt);
}

TEST_F(CompareTest, OneSideThatGoesAwayInTheMiddleIsAnErrorAndNoPass) {
  split(50);
  run(Slot::blue, 20s);
  run(Slot::green, 30s);
  put("ticks-candidate", start + 40s);
  for (const std::string bucket : {"ticks", "ticks-candidate"})
    for (int points = 0; points < 2; ++points) {
      BreakingStores stores(machine.world.stores, bucket, points);
      Ports& own = machine.ports;
      Ports ports{own.files, own.systemd, own.clock,   own.journal, own.http,
                  stores, own.calendar, own.ids, own.boot_id, own.caller};
      const auto report = compare(ports);
      EXPECT_EQ(report.verdict, "error");
      EXPECT_EQ(report.message, "the server went away");
      EXPECT_EQ(report.change, "start it");
      EXPECT_FALSE(report.comparison);
    }
}

TEST_F(CompareTest, ASignalCancelsIt) {
  const auto store = *machine.world.stores.open({.path = machine.layout.data + "/ticks.db"});
  std::vector<Point> many;
  for (int i = 0; i < 5000; ++i) many.push_back({"tick", "", to_ns(start) + i, {{"v", 1.0}}});
  ASSERT_TRUE(store->write("ticks", many));
  pulse = [] { return Status(Error{Code::interrupted, "interrupted by a signal"}); };
  EXPECT_EQ(compare(machine.ports, false).verdict, "cancelled");
}

TEST_F(CompareTest, AStoreThatIsNotThereIsAnError) {
  machine.world.stores.remove(machine.layout.data + "/ticks.db");
  const auto report = compare(machine.ports);
  EXPECT_EQ(report.verdict, "error");
  EXPECT_THAT(report.message, HasSubstr("ticks.db"));
}

}  // namespace
}  // namespace wx
