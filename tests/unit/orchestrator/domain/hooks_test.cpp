#include "orchestrator/domain/hooks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
  std::vector<HookSpec> hooks;
  std::string problems;
};

Read read(const std::string& text) {
  const auto node = yaml::parse("m.yaml", text);
  EXPECT_TRUE(node) << node.error().message;
  yaml::Problems problems;
  Read out;
  out.hooks = parse_hooks(*node, problems);
  if (const auto status = problems.status(); !status) out.problems = status.error().message;
  return out;
}

TEST(Hooks, AreCommandsOrWebhooksAndMayWantSomePhasesOnly) {
  const Read found = read(R"(on_phase:
  - {exec: [notify-send, "${app}: ${phase}"], phases: [Failed, Paused], timeout: 3s}
  - webhook_file: ${data}/hook.url
)");
  EXPECT_EQ(found.problems, "");
  ASSERT_EQ(found.hooks.size(), 2U);
  EXPECT_THAT(found.hooks[0].exec, ElementsAre("notify-send", "${app}: ${phase}"));
  EXPECT_EQ(found.hooks[0].timeout, 3s);
  EXPECT_TRUE(found.hooks[0].wants("Failed"));
  EXPECT_FALSE(found.hooks[0].wants("Healthy"));
  EXPECT_EQ(found.hooks[1].name(), "webhook of ${data}/hook.url");
  EXPECT_EQ(found.hooks[1].timeout, 10s);
  EXPECT_TRUE(found.hooks[1].wants("Healthy"));
}

TEST(Hooks, ThatAreWrongAreToldWithTheirPlace) {
  struct Row {
    const char* text;
    const char* told;
  };
  const Row table[] = {
      {"on_phase: [{}]", "m.yaml:1:12: a hook needs either exec"},
      {"on_phase: [{exec: [a], webhook_file: b}]", "a hook needs either exec"},
      {"on_phase: [{exec: [a], phases: [Fialed]}]",
       "there is no phase \"Fialed\" (did you mean \"Failed\"?)"},
      {"on_phase: [{exec: [a], timeout: 10m}]", "must lie between 0 and 5m"},
      {"on_phase: [{exec: [\"${slot}\"]}]", "unknown variable ${slot}"},
      {"on_phase: [{command: [a], exec: [a]}]", "unknown key \"command\""},
      {"on_phase: {exec: [a]}", "must be a list"},
      {"on_fase: []", "on_phase"},
  };
  for (const auto& row : table) EXPECT_THAT(read(row.text).problems, HasSubstr(row.told)) << row.text;
}

}  // namespace
}  // namespace wx
