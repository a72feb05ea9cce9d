#include "orchestrator/domain/tailor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wx {
namespace {

using testing::ElementsAre;

Playbook of(const std::vector<StepKind>& kinds) {
  Playbook playbook;
  for (const auto kind : kinds) {
    playbook.steps.emplace_back();
    playbook.steps.back().kind = kind;
    playbook.places.push_back({"own.yaml", static_cast<int>(playbook.steps.size()), 1});
  }
  return playbook;
}

std::vector<StepKind> kinds(const Playbook& playbook) {
  std::vector<StepKind> out;
  for (const auto& step : playbook.steps) out.push_back(step.kind);
  return out;
}

Manifest app(bool repeatable) {
  Manifest manifest;
  manifest.program.repeatable = repeatable;
  return manifest;
}

Playbook routed(const std::string& mode, std::optional<double> or_split) {
  Playbook playbook = of({StepKind::route});
  playbook.steps[0].mode = mode;
  playbook.steps[0].percent = mode == "mirror" ? 100 : 20;
  playbook.steps[0].or_split = or_split;
  return playbook;
}

TEST(Tailored, LeavesOutOfAFirstDeploymentWhatNeedsAPeer) {
  using enum StepKind;
  const Playbook whole =
      of({backup, install, route, soak, configure, analyze, pause, cutover, soak, pause, reconcile, confirm});
  const Playbook first = tailored(whole, app(true), true);
  EXPECT_THAT(kinds(first), ElementsAre(install, cutover, soak, pause, confirm));
  EXPECT_EQ(first.places[1].line, 8);
  EXPECT_EQ(kinds(tailored(whole, app(true), false)), kinds(whole));
}

TEST(Tailored, LetsNoGateOfAFirstDeploymentWaitForRunsOfACandidate) {
  using enum StepKind;
  Playbook playbook = of({install, gate, cutover, gate});
  playbook.steps[1].after_runs = playbook.steps[3].after_runs = 2;
  const Playbook first = tailored(playbook, app(true), true);
  EXPECT_EQ(first.steps[1].after_runs, 0);
  EXPECT_EQ(first.steps[3].after_runs, 2);
  EXPECT_EQ(tailored(playbook, app(true), false).steps[1].after_runs, 2);
}

TEST(Tailored, SplitsWhereOthersMirror) {
  const Playbook once = tailored(routed("mirror", 10), app(false), false);
  EXPECT_EQ(once.steps[0].mode, "split");
  EXPECT_EQ(once.steps[0].percent, 10);
  EXPECT_EQ(once.steps[0].fallback, false);
  const Playbook twice = tailored(routed("mirror", 10), app(true), false);
  EXPECT_EQ(twice.steps[0].mode, "mirror");
  EXPECT_EQ(twice.steps[0].percent, 100);
  EXPECT_EQ(twice.steps[0].fallback, true);
}

TEST(Tailored, KeepsWhatAPersonSaysAboutFallback) {
  Playbook playbook = routed("split", std::nullopt);
  playbook.steps[0].fallback = false;
  EXPECT_EQ(tailored(playbook, app(true), false).steps[0].fallback, false);
}

}  // namespace
}  // namespace wx
