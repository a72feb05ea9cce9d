#include "orchestrator/engine/deploy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/engine/before.hpp"
#include "orchestrator/engine/rollout.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testkit::FakeWorld;

class DeployTest : public testing::Test {
 protected:
  DeployTest() {
    request.id = "o-1";
    request.manifest_file = FakeWorld::manifest_file;
    request.playbook_file = FakeWorld::playbook_file;
    request.release = machine.world.add_release("ticks-1", {"ticks-1"}, "bucket: none\n");
    request.engine_dir = "/engine";
  }

  PreparedRollout prepared() {
    auto out = prepare_deploy(machine.ports, machine.layout, request);
    EXPECT_TRUE(out) << out.error().message;
    return out ? *out : PreparedRollout{};
  }
  std::string refusal() {
    const auto out = prepare_deploy(machine.ports, machine.layout, request);
    if (out) return "(accepted)";
    EXPECT_EQ(out.error().code, Code::invalid);
    return out.error().message;
  }
  // The manifest with one part of its text replaced.
  void edit_manifest(const std::string& part, const std::string& by) {
    std::string text = machine.manifest_text();
    const auto at = text.find(part);
    ASSERT_NE(at, std::string::npos) << part;
    machine.files.put(FakeWorld::manifest_file, text.replace(at, part.size(), by));
  }
  void use_steps(const std::string& steps) {
    machine.files.put("/home/user/own.yaml",
                      "apiVersion: wxctl/v1\nkind: Playbook\nname: own\nsteps:\n" + steps);
    request.playbook_file = "/home/user/own.yaml";
  }
  // What `prepared` wants is what runs.
  void activate(const PreparedRollout& wanted) {
    ASSERT_TRUE(Releases(machine.ports, machine.layout).import(wanted.release, wanted.plan.source));
    machine.commit(Machine::with_active(
        {wanted.release.id, wanted.release.version, wanted.manifest_text, wanted.config_source}));
  }

  Machine machine;
  DeployRequest request;
};

std::vector<StepKind> kinds(const std::vector<StepSpec>& steps) {
  std::vector<StepKind> out;
  for (const auto& step : steps) out.push_back(step.kind);
  return out;
}

TEST_F(DeployTest, OfAFirstVersionGoesIntoBlueWithoutWhatNeedsAPeer) {
  const auto out = prepared();
  EXPECT_TRUE(out.plan.first());
  EXPECT_EQ(out.plan.target, Slot::blue);
  EXPECT_EQ(out.plan.strategy, "gradual");
  EXPECT_EQ(out.plan.to.version, "ticks-1");
  EXPECT_EQ(out.plan.source, "/srv/ticks-1");
  EXPECT_EQ(out.plan.created, machine.ports.clock.now());
  EXPECT_EQ(out.config_source, "bucket: none\n");
  EXPECT_FALSE(out.already_active);
  using enum StepKind;
  EXPECT_THAT(kinds(out.plan.steps),
              ElementsAre(preflight, install, gate, gate, gate, cutover, gate, soak, confirm));
}

TEST_F(DeployTest, OfALaterVersionGoesIntoTheOtherSlotWithAllSteps) {
  activate(prepared());
  request.release = machine.world.add_release("ticks-2", {"ticks-2"}, "bucket: none\n");
  const auto out = prepared();
  EXPECT_EQ(out.plan.active, Slot::blue);
  EXPECT_EQ(out.plan.target, Slot::green);
  EXPECT_EQ(out.plan.from->version, "ticks-1");
  EXPECT_FALSE(out.already_active);
  using enum StepKind;
  EXPECT_THAT(kinds(out.plan.steps), ElementsAre(preflight, backup, install, gate, route, soak, configure,
                                                 gate, soak, gate, cutover, gate, soak, reconcile, confirm));
}

TEST_F(DeployTest, ChangesNothingUntilItIsCreated) {
  const auto before = machine.files.dump();
  prepared();
  EXPECT_EQ(machine.files.dump(), before);
}

TEST_F(DeployTest, OfWhatRunsAlreadyIsSaidToBeActive) {
  activate(prepared());
  EXPECT_TRUE(prepared().already_active);
  request.force = true;
  EXPECT_FALSE(prepared().already_active);
}

TEST_F(DeployTest, OfAnotherConfigOrManifestIsAChange) {
  activate(prepared());
  machine.files.put(machine.layout.live_config(), "bucket: mine\n");
  EXPECT_FALSE(prepared().already_active);
  ASSERT_TRUE(machine.files.remove_file(machine.layout.live_config()));
  EXPECT_TRUE(prepared().already_active);
  edit_manifest("timeout: 20s", "timeout: 21s");
  EXPECT_FALSE(prepared().already_active);
}

TEST_F(DeployTest, TakesTheConfigThatWasGivenElseTheInstalledElseTheReleases) {
  EXPECT_EQ(prepared().config_source, "bucket: none\n");
  machine.files.put(machine.layout.live_config(), "bucket: live\n");
  EXPECT_EQ(prepared().config_source, "bucket: live\n");
  machine.files.put("/home/user/other.yml", "bucket: given\n");
  request.config_file = "/home/user/other.yml";
  EXPECT_EQ(prepared().config_source, "bucket: given\n");
}

TEST_F(DeployTest, RefusesAConfigThatIsNoYaml) {
  machine.files.put("/home/user/other.yml", "bucket: [\n");
  request.config_file = "/home/user/other.yml";
  EXPECT_THAT(refusal(), HasSubstr("/home/user/other.yml:"));
  request.config_file = "";
  machine.files.put(machine.layout.live_config(), "bucket: [\n");
  EXPECT_THAT(refusal(), HasSubstr(machine.layout.live_config() + ":"));
  request.config_file = "/home/user/none.yml";
  EXPECT_THAT(prepare_deploy(machine.ports, machine.layout, request).error().message,
              StartsWith("--config: "));
}

TEST_F(DeployTest, RefusesAConfigForAManifestWithoutOne) {
  edit_manifest("config: {template: config.yml, set: {bucket: \"${bucket}\"}}\n", "");
  EXPECT_EQ(prepared().config_source, std::nullopt);
  request.config_file = "/home/user/other.yml";
  EXPECT_EQ(refusal(), "--config was given, but the manifest has no config:");
}

TEST_F(DeployTest, NeverMirrorsAProgramThatMayNotRunTwice) {
  edit_manifest("  repeatable: true\n", "");
  use_steps("  - backup: {}\n  - install: {}\n  - route: {percent: 100, mode: mirror}\n  - cutover: {}\n  - reconcile: {}\n  - confirm: {}\n");
  EXPECT_EQ(refusal(),
            "/home/user/own.yaml:7:5: route: mode mirror runs the program twice for one tick, and ticks is not "
            "repeatable");
  use_steps("  - backup: {}\n  - install: {}\n  - route: {percent: 100, or_split: 10}\n  - cutover: {}\n  - reconcile: {}\n  - confirm: {}\n");
  const auto rollout = prepare_deploy(machine.ports, machine.layout, request);
  ASSERT_TRUE(rollout) << rollout.error().message;
  // The first deployment routes nothing; what a later one would get is told by the steps of the playbook.
  EXPECT_EQ(rollout->manifest.program.repeatable, false);
}

TEST_F(DeployTest, RefusesWhatTheLinterCallsAnErrorAndLetsWarningsBe) {
  use_steps("  - backup: {}\n  - install: {}\n  - cutover: {}\n");
  EXPECT_THAT(refusal(), StartsWith("/home/user/own.yaml:3:7: playbook own has no step confirm"));
  use_steps("  - install: {}\n  - cutover: {}\n  - confirm: {}\n");
  EXPECT_THAT(refusal(), StartsWith("/home/user/own.yaml:6:5: cutover: there is no backup before it"));
  use_steps("  - backup: {}\n  - install: {}\n  - cutover: {}\n  - confirm: {}\n");
  EXPECT_EQ(refusal(), "(accepted)");
}

TEST_F(DeployTest, RefusesChecksThatNobodyDefines) {
  use_steps("  - backup: {}\n  - install: {}\n  - gate: {checks: [dry-rnu]}\n  - cutover: {}\n  - confirm: {}\n");
  EXPECT_EQ(refusal(), "/home/user/own.yaml:7:5: gate: there is no check \"dry-rnu\" (did you mean \"dry-run\"?)");
}

TEST_F(DeployTest, RefusesTheRollbackThatIsForReading) {
  machine.files.put("/home/user/own.yaml", "apiVersion: wxctl/v1\nkind: Playbook\nname: rollback\nsteps:\n  - route: {percent: 0}\n");
  request.playbook_file = "/home/user/own.yaml";
  EXPECT_EQ(refusal(), "rollback is no strategy to deploy by: its playbook is for reading");
}

TEST_F(DeployTest, RefusesATimerThatNobodyBrings) {
  edit_manifest("timer: {unit: ticks.timer, OnCalendar: \"*:*:0/2\", AccuracySec: 100ms}",
                "timer: ticks.timer");
  EXPECT_EQ(refusal(), "the manifest names ticks.timer, which neither systemd nor the release has");
  machine.files.put("/srv/ticks-1/units/ticks.timer", "[Timer]\nOnCalendar=hourly\n");
  EXPECT_EQ(refusal(), "(accepted)");
  ASSERT_TRUE(machine.files.remove_tree("/srv/ticks-1/units"));
  machine.files.put(machine.layout.unit_dir + "/ticks.timer", "[Timer]\nOnCalendar=hourly\n");
  ASSERT_TRUE(machine.ports.systemd.reload());
  EXPECT_EQ(refusal(), "(accepted)");
}

TEST_F(DeployTest, RefusesAnotherEntryUnitForTheSameApp) {
  activate(prepared());
  edit_manifest("service: ticks.service", "service: tocks.service");
  EXPECT_EQ(refusal(),
            "/home/user/ticks.yaml: the app's entry unit is ticks.service and cannot become tocks.service");
}

TEST_F(DeployTest, NeedsARelease) {
  request.release = "";
  EXPECT_EQ(refusal(), "no release was named");
  request.release = "/srv/none";
  const auto out = prepare_deploy(machine.ports, machine.layout, request);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, Code::not_found);
}

TEST_F(DeployTest, TellsWhatIsWrongWithThePlaybookOrASetting) {
  request.settings = {{"soka", "1s"}};
  EXPECT_EQ(refusal(), "--set soka=1s: playbook gradual has no variable \"soka\" (did you mean \"soak\"?)");
  request.playbook_file = "/home/user/none.yaml";
  EXPECT_THAT(prepare_deploy(machine.ports, machine.layout, request).error().message,
              StartsWith("the playbook: "));
}

TEST_F(DeployTest, InstallsARelativeReleaseAsAnAbsoluteOneAndKeepsTheComments) {
  edit_manifest("program:",
                "# Where the builds go.\nrelease: ../../srv/ticks-1  # relative to this file\nprogram:");
  request.release = "";
  const auto out = prepared();
  EXPECT_EQ(out.plan.source, "/srv/ticks-1");
  EXPECT_THAT(out.manifest_text, HasSubstr("# Where the builds go.\n"));
  EXPECT_THAT(out.manifest_text, HasSubstr("# relative to this file\n"));
  // Wherever it is installed, it means the same.
  const auto installed = parse_manifest("elsewhere.yaml", out.manifest_text);
  ASSERT_TRUE(installed) << installed.error().message;
  EXPECT_EQ(installed->release, "/home/user/../../srv/ticks-1");
}

TEST_F(DeployTest, CreatesARolloutThatSurvivesAPowerCut) {
  ASSERT_TRUE(machine.files.make_directory("/home/user/.config/wxctl", 0700));
  const auto out = prepared();
  const auto created = create_rollout(machine.ports, machine.layout, out);
  ASSERT_TRUE(created) << created.error().message;
  machine.files.crash();
  const auto view = find_rollout(machine.files, machine.layout, "o-1");
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->phase, "Progressing");
  EXPECT_EQ(render_plan(view->plan), render_plan(out.plan));
  const std::string directory = machine.layout.rollout("o-1");
  EXPECT_EQ(machine.read(directory + "/manifest.yaml"), out.manifest_text);
  EXPECT_EQ(machine.read(directory + "/config.yml"), "bucket: none\n");
  EXPECT_TRUE(read_before(machine.files, directory + "/before"));
  EXPECT_THAT(machine.read(machine.layout.app_file()), HasSubstr(machine.layout.state));
}

TEST_F(DeployTest, FindsTheAppInTheManifest) {
  EXPECT_EQ(*app_of_manifest(machine.files, FakeWorld::manifest_file), "ticks");
  const auto none = app_of_manifest(machine.files, "/home/user/none.yaml");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::not_found);
  EXPECT_EQ(none.error().message, "there is no manifest /home/user/none.yaml");
  EXPECT_THAT(none.error().remedy, HasSubstr("init"));
}

TEST_F(DeployTest, BackwardsNeedsAPredecessor) {
  const auto nothing = prepare_rollback(machine.ports, machine.layout, "o-2", "/engine");
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Code::impossible);
  activate(prepared());
  const auto first = prepare_rollback(machine.ports, machine.layout, "o-2", "/engine");
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Code::impossible);
  EXPECT_EQ(first.error().message, "there is no predecessor of ticks-1 to roll back to");
}

TEST_F(DeployTest, BackwardsTakesThePromotedRolloutBack) {
  auto generation = Machine::with_active(machine.stored("ticks-2"));
  generation.green = machine.stored("ticks-1");
  generation.route.predecessor = Predecessor{Slot::green, generation.green->release};
  generation.route.rollout = "o-1";
  machine.commit(generation);
  const auto out = prepare_rollback(machine.ports, machine.layout, "o-2", "/engine");
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->plan.strategy, "rollback");
  EXPECT_EQ(out->plan.reverts, "o-1");
  EXPECT_EQ(out->plan.from->version, "ticks-2");
  EXPECT_EQ(out->plan.to.version, "ticks-1");
  EXPECT_TRUE(out->plan.steps.empty());
}

TEST_F(DeployTest, BackwardsTriesAgainWhatEndedFailed) {
  auto generation = Machine::with_active(machine.stored("ticks-1"));
  machine.commit(generation);
  auto failed = prepared();
  failed.plan.id = "o-failed";
  ASSERT_TRUE(create_rollout(machine.ports, machine.layout, failed));
  auto journal = RolloutJournal::open(machine.files, machine.ports.clock,
                                      machine.layout.rollout("o-failed") + "/journal");
  ASSERT_TRUE(journal);
  ASSERT_TRUE(journal->append("end", std::nullopt, {{"phase", "Failed"}, {"outcome", "Failed"}}));
  const auto out = prepare_rollback(machine.ports, machine.layout, "o-2", "/engine");
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->plan.id, "o-2");
  EXPECT_EQ(out->plan.reverts, "o-failed");
  EXPECT_EQ(out->plan.target, failed.plan.target);
}

}  // namespace
}  // namespace wx
