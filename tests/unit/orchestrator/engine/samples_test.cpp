#include "orchestrator/engine/samples.hpp"

#include <gtest/gtest.h>

#include "tests/testkit/fake_clock.hpp"
#include "tests/testkit/memory_filesystem.hpp"

namespace wx {
namespace {

RunFacts facts() {
  RunFacts out;
  out.points = 12;
  out.errors = true;
  out.values = {{"host=a value", 1.5}};
  out.metrics = {{"cache-hits", 0.97}};
  out.compared = ComparedPoints{12, 1};
  return out;
}

Route split() {
  Route out;
  out.generation = 7;
  out.mode = RouteMode::split;
  out.percent = 12.5;
  out.seed = "5eed";
  out.active = Slot::green;
  out.rollout = "o-1";
  return out;
}

TEST(Samples, AreReadBackAsWritten) {
  const auto samples = parse_samples(render_sample(split()) + render_sample("run-1", facts()) +
                                     render_sample("run-2", RunFacts{}));
  ASSERT_EQ(samples.routes.size(), 1U);
  const Route& route = samples.routes.at(7);
  EXPECT_EQ(route.mode, RouteMode::split);
  EXPECT_EQ(route.percent, 12.5);
  EXPECT_EQ(route.seed, "5eed");
  EXPECT_EQ(route.active, Slot::green);
  EXPECT_EQ(route.rollout, "o-1");
  EXPECT_EQ(samples.runs.at("run-1"), facts());
  EXPECT_EQ(samples.runs.at("run-2"), RunFacts{}) << "what is not known stays unknown";
}

TEST(Samples, OutliveATornLineAndForeignOnes) {
  const std::string whole = render_sample("run-1", facts());
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto samples = parse_samples(whole.substr(0, cut) + "\n" + render_sample("run-2", facts()));
    EXPECT_TRUE(samples.runs.contains("run-2"));
  }
  EXPECT_TRUE(parse_samples("nonsense\n{\"t\":\"run\"}\n{\"t\":\"later\"}\n[]\n\n").runs.empty());
}

TEST(Samples, TakeTheLaterOfTwo) {
  RunFacts later = facts();
  later.points = 13;
  EXPECT_EQ(parse_samples(render_sample("run-1", facts()) + render_sample("run-1", later)).runs.at("run-1"),
            later);
}

TEST(Samples, AreEmptyWhereNothingWasMeasured) {
  testkit::FakeClock clock;
  testkit::MemoryFileSystem files(&clock);
  const auto samples = read_samples(files, "/state/samples");
  ASSERT_TRUE(samples);
  EXPECT_TRUE(samples->runs.empty());
}

}  // namespace
}  // namespace wx
