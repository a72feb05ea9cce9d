#include "collector/sources/hostile_samples.hpp"

#include <gtest/gtest.h>

#include <set>

#include "collector/app/modes.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

struct World {
  testing::FakeSource source;
  testing::FakeClock clock;
  testing::FakeLog log;
  Telemetry telemetry;
  Workshop workshop{source,    [](const Sink&) { return Error{Code::bug, "opened"}; },
                    clock,     log,
                    telemetry, [] { return false; },
                    {{}, "w"}};
};

TEST(HostileSamples, AreAllRefusedForTheExpectedReasonAndControlsPass) {
  World world;
  const auto summary = test_validation(world.workshop);
  ASSERT_TRUE(summary.validation);
  for (const auto& sample : summary.validation->samples)
    EXPECT_EQ(sample.observed, sample.expected) << sample.name;
}

TEST(HostileSamples, TryEveryReasonThatTheProgramKnows) {
  std::string expected;
  for (const auto& sample : hostile_samples()) expected += std::string(sample.expected) + "+";
  // Land Observations name no units.
  for (const auto& [reason, name] : all_reasons())
    EXPECT_TRUE(reason == Reason::wrong_unit || expected.find(name) != std::string::npos) << name;
}

TEST(HostileSamples, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const auto& sample : hostile_samples()) EXPECT_TRUE(names.insert(sample.name).second) << sample.name;
}

TEST(TestValidation, SucceedsWhenTheSourceCannotBeReached) {
  World world;
  world.source.result = Error{Code::failed, "nobody there"};
  const auto summary = test_validation(world.workshop);
  EXPECT_FALSE(summary.failure);
  EXPECT_FALSE(summary.validation->live_reached);
  EXPECT_EQ(summary.validation->live_message, "nobody there");
}

TEST(TestValidation, FailsWhenTheLiveAnswerHoldsNothingUsable) {
  World world;
  world.source.result = std::vector<Harvest>{testing::observed("A", {{{"datetime", std::string("never")}}})};
  const auto summary = test_validation(world.workshop);
  ASSERT_TRUE(summary.failure);
  EXPECT_EQ(summary.failure->stage, Stage::validation);
}

}  // namespace
}  // namespace wx::collector
