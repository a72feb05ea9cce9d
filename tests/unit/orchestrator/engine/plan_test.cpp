#include "orchestrator/engine/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Plan plan() {
  Plan out;
  out.id = "o-20261124T080000Z-0001";
  out.app = "ticks";
  out.strategy = "gradual";
  out.created = WallTime{1'795'507'200s};
  out.active = Slot::green;
  out.target = Slot::blue;
  out.from = ReleaseRef{"r-1", "ticks-1"};
  out.to = {"r-2", "ticks-2"};
  out.source = "/srv/ticks-2";
  out.engine_dir = "/data/engine/0123456789ab";
  out.auto_confirm = true;
  out.on_failure = "pause";
  StepSpec soak;
  soak.kind = StepKind::soak;
  soak.duration = 90s;
  soak.min_runs = 3;
  soak.limit = 1h;
  soak.checks = {"api", "dry-run"};
  StepSpec route;
  route.kind = StepKind::route;
  route.percent = 12.5;
  route.mode = "mirror";
  StepSpec gate;
  gate.kind = StepKind::gate;
  gate.after_runs = 2;
  StepSpec configure;
  configure.kind = StepKind::configure;
  configure.config = "merge";
  StepSpec cutover;
  cutover.kind = StepKind::cutover;
  cutover.confirm_within = 30s;
  out.steps = {soak, route, gate, configure, cutover};
  return out;
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), by);
}

TEST(Plan, IsReadBackAsItWasWritten) {
  const auto read = parse_plan(render_plan(plan()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->id, "o-20261124T080000Z-0001");
  EXPECT_EQ(read->app, "ticks");
  EXPECT_EQ(read->strategy, "gradual");
  EXPECT_EQ(read->created, WallTime{1'795'507'200s});
  EXPECT_EQ(read->active, Slot::green);
  EXPECT_EQ(read->target, Slot::blue);
  EXPECT_EQ(read->from->version, "ticks-1");
  EXPECT_EQ(read->to.id, "r-2");
  EXPECT_EQ(read->source, "/srv/ticks-2");
  EXPECT_EQ(read->engine_dir, "/data/engine/0123456789ab");
  EXPECT_TRUE(read->auto_confirm);
  EXPECT_EQ(read->on_failure, "pause");
  EXPECT_FALSE(read->first());
  ASSERT_EQ(read->steps.size(), 5U);
  EXPECT_EQ(read->steps[0].duration, 90s);
  EXPECT_EQ(read->steps[0].min_runs, 3);
  EXPECT_EQ(read->steps[0].limit, 1h);
  EXPECT_THAT(read->steps[0].checks, testing::ElementsAre("api", "dry-run"));
  EXPECT_EQ(read->steps[1].percent, 12.5);
  EXPECT_EQ(read->steps[1].mode, "mirror");
  EXPECT_EQ(read->steps[1].min_runs, std::nullopt);
  EXPECT_EQ(read->steps[2].after_runs, 2);
  EXPECT_EQ(read->steps[3].config, "merge");
  EXPECT_EQ(read->steps[4].confirm_within, 30s);
  EXPECT_EQ(render_plan(*read), render_plan(plan()));
}

TEST(Plan, OfAFirstDeploymentHasNoPredecessor) {
  auto first = plan();
  first.active.reset();
  first.from.reset();
  const auto read = parse_plan(render_plan(first));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->first());
  EXPECT_FALSE(read->from);
}

TEST(Plan, OfANewerFormatIsRefusedWithTheWayOut) {
  const auto read = parse_plan(replaced(render_plan(plan()), "\"format\": 1", "\"format\": 2"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::invalid);
  EXPECT_EQ(read.error().message, "the plan was written by a newer wxctl");
  EXPECT_THAT(read.error().remedy, HasSubstr("engine/"));
}

TEST(Plan, IgnoresKeysThatItDoesNotKnow) {
  EXPECT_TRUE(parse_plan(replaced(render_plan(plan()), "\"format\": 1", "\"format\": 1, \"later\": [1]")));
}

TEST(Plan, ThatIsDamagedIsRefused) {
  const std::string text = render_plan(plan());
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("{\"format\": 1}"),
        replaced(text, "\"step\": \"soak\"", "\"step\": \"sleep\""),
        replaced(text, "\"auto\": true", "\"auto\": \"yes\""),
        replaced(text, "\"target\": \"blue\"", "\"target\": \"red\""),
        replaced(text, "\"active\": \"green\"", "\"active\": \"red\"")}) {
    const auto read = parse_plan(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, Code::failed);
    EXPECT_THAT(read.error().message, HasSubstr("the plan cannot be read"));
  }
}

}  // namespace
}  // namespace wx
