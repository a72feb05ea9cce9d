#include "orchestrator/cli/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/engine/plan.hpp"
#include "orchestrator/engine/rollout_journal.hpp"
#include "tests/unit/orchestrator/cli/terminal.hpp"

namespace wx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WorldTest : public testing::Test {
 protected:
  std::string refusal(const Result<std::string>& result) {
    if (result) return "(accepted)";
    EXPECT_EQ(result.error().code, Code::invalid);
    EXPECT_FALSE(result.error().remedy.empty());
    return result.error().message;
  }

  Terminal terminal;
  World& world = terminal.world;
  testkit::MemoryFileSystem& files = terminal.machine.files;
};

TEST_F(WorldTest, KnowsTheAppsThatWereDeployed) {
  EXPECT_THAT(*known_apps(world), IsEmpty());
  terminal.install("tocks");
  terminal.install("ticks");
  files.put(world.places.home.data + "/stray/file", "");
  EXPECT_THAT(*known_apps(world), ElementsAre("ticks", "tocks"));
}

TEST_F(WorldTest, ChoosesTheOnlyAppOrTheOneThatIsNamed) {
  EXPECT_EQ(refusal(chosen_app(world)), "no app is installed");
  terminal.install("ticks");
  EXPECT_EQ(*chosen_app(world), "ticks");
  terminal.install("tocks");
  EXPECT_EQ(refusal(chosen_app(world)), "several apps are installed: ticks, tocks");
  world.options.app = "tocks";
  EXPECT_EQ(*chosen_app(world), "tocks");
  world.options.app = "tucks";
  EXPECT_EQ(refusal(chosen_app(world)), "there is no app \"tucks\" (did you mean \"ticks\"?)");
}

TEST_F(WorldTest, ChoosesTheAppOfTheManifestThatIsGiven) {
  terminal.install("tocks");
  world.options.manifest = "ticks.yaml";
  EXPECT_EQ(*chosen_app(world), "ticks");
  world.options.manifest = "none.yaml";
  EXPECT_EQ(chosen_app(world).error().message, "there is no manifest /home/user/none.yaml");
}

TEST_F(WorldTest, DeploysTheManifestThatIsGivenElseTheInstalledElseTheShipped) {
  EXPECT_EQ(refusal(manifest_to_deploy(world)), "there is no manifest to deploy");
  files.put("/usr/share/wxctl/apps/tides.yaml", "");
  files.put("/usr/share/wxctl/apps/README", "");
  EXPECT_EQ(*manifest_to_deploy(world), "/usr/share/wxctl/apps/tides.yaml");
  terminal.install("ticks");
  EXPECT_EQ(*manifest_to_deploy(world), "/home/user/.config/wxctl/ticks.yaml");
  world.options.manifest = "mine.yaml";
  EXPECT_EQ(*manifest_to_deploy(world), "/home/user/mine.yaml");
  world.options.manifest = "/srv/mine.yaml";
  EXPECT_EQ(*manifest_to_deploy(world), "/srv/mine.yaml");
}

TEST_F(WorldTest, DeploysTheManifestOfTheAppThatIsNamed) {
  files.put("/usr/share/wxctl/apps/tides.yaml", "");
  files.put("/usr/share/wxctl/apps/winds.yaml", "");
  EXPECT_EQ(refusal(manifest_to_deploy(world)), "there is no manifest to deploy");
  world.options.app = "winds";
  EXPECT_EQ(*manifest_to_deploy(world), "/usr/share/wxctl/apps/winds.yaml");
  terminal.install("ticks");
  terminal.install("tocks");
  EXPECT_EQ(*manifest_to_deploy(world), "/usr/share/wxctl/apps/winds.yaml");
  world.options.app = "tocks";
  EXPECT_EQ(*manifest_to_deploy(world), "/home/user/.config/wxctl/tocks.yaml");
  world.options.app = "";
  EXPECT_EQ(refusal(manifest_to_deploy(world)), "several apps are installed: ticks, tocks");
}

TEST_F(WorldTest, DeploysAgainWhatWasNeverConfirmed) {
  files.put("/usr/share/wxctl/apps/tides.yaml", "");
  files.put(world.places.home.data + "/ticks/app.json", "{}");
  const std::string rollout = world.places.home.state + "/ticks/rollouts/o-1";
  Plan plan;
  plan.id = "o-1";
  files.put(rollout + "/plan.json", render_plan(plan));
  files.put(rollout + "/journal", render_record({"header", WallTime{Micros{1}}, std::nullopt, {}}));
  EXPECT_EQ(*manifest_to_deploy(world), rollout + "/manifest.yaml");
  world.options.app = "tides";
  EXPECT_EQ(*manifest_to_deploy(world), "/usr/share/wxctl/apps/tides.yaml");
}

TEST_F(WorldTest, PassesOnToUnitsOnlyWhatTheyNeed) {
  const auto context = unit_context(world, terminal.machine.layout, "/engine");
  EXPECT_THAT(context.environment, ElementsAre(testing::Pair("HOME", "/home/user")));
  EXPECT_EQ(context.engine_dir, "/engine");
  EXPECT_EQ(context.data, terminal.machine.layout.data);
}

TEST_F(WorldTest, TakesRelativePathsFromTheWorkingDirectory) {
  EXPECT_EQ(absolute(world, "a/b"), "/home/user/a/b");
  EXPECT_EQ(absolute(world, "/a/b"), "/a/b");
  EXPECT_EQ(absolute(world, ""), "");
}

TEST_F(WorldTest, ColoursTerminalsUnlessToldOtherwise) {
  EXPECT_FALSE(world.colored());
  world.terminal = true;
  EXPECT_TRUE(world.colored());
  world.environment.emplace_back("NO_COLOR", "1");
  EXPECT_FALSE(world.colored());
  world.options.color = ColorWhen::always;
  EXPECT_TRUE(world.colored());
  world.options.color = ColorWhen::never;
  world.environment.clear();
  EXPECT_FALSE(world.colored());
}

// A manager with directories of the test's choice.
class UnitDirectoryTest : public WorldTest {
 protected:
  Result<Layout> layout(const std::vector<std::string>& unit_path) {
    testkit::FakeSystemd systemd(files, terminal.machine.world.clock, unit_path);
    systemd.unreachable = unreachable;
    Ports& own = terminal.machine.ports;
    Ports ports{own.files,  systemd, own.clock,   own.journal, own.http,
                own.stores, own.calendar, own.ids, own.boot_id, own.caller};
    World at{ports, world.places, {}, {}};
    return layout_for(at, "ticks");
  }

  bool unreachable = false;
  const std::string usual = "/home/user/.config/systemd/user";
};

TEST_F(UnitDirectoryTest, IsTheUsersOwnWhereTheManagerReadsIt) {
  const auto found = layout({"/run/user/1000/systemd/user", usual, "/etc/systemd/user"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->unit_dir, usual);
  EXPECT_EQ(found->data, "/home/user/.local/share/wxctl/ticks");
}

TEST_F(UnitDirectoryTest, IsElseTheFirstThatLastsAndCanBeWritten) {
  for (const char* directory : {"/etc/systemd/user", "/srv/systemd/user", "/run/user/1000/systemd/user"})
    files.put(std::string(directory) + "/there", "");
  ASSERT_TRUE(files.set_mode("/etc/systemd/user", 0555));
  const auto found = layout(
      {"/run/user/1000/systemd/user", "/srv/systemd/user.control", "/etc/systemd/user", "/srv/systemd/user"});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->unit_dir, "/srv/systemd/user");
}

TEST_F(UnitDirectoryTest, MayBeMadeWhereItsParentCanBeWritten) {
  files.put("/srv/there", "");
  EXPECT_EQ(layout({"/srv/systemd/user"})->unit_dir, "/srv/systemd/user");
}

TEST_F(UnitDirectoryTest, IsRefusedWhenThereIsNone) {
  files.put("/etc/systemd/user/there", "");
  ASSERT_TRUE(files.set_mode("/etc/systemd/user", 0555));
  const auto found = layout({"/run/user/1000/systemd/user", "/etc/systemd/user"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::permission);
  EXPECT_THAT(found.error().message, HasSubstr("/run/user/1000/systemd/user /etc/systemd/user"));
  EXPECT_THAT(found.error().remedy, HasSubstr(usual));
}

TEST_F(UnitDirectoryTest, IsTheUsualOneWhileTheManagerIsAway) {
  unreachable = true;
  EXPECT_EQ(layout({"/srv/systemd/user"})->unit_dir, usual);
}

}  // namespace
}  // namespace wx
