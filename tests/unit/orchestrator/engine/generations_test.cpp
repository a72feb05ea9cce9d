#include "orchestrator/engine/generations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/engine/store_access.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GenerationsTest : public testing::Test {
 protected:
  std::string link() { return *machine.files.read_link(machine.layout.current()); }
  std::vector<std::string> numbers() { return *machine.files.list(machine.layout.generations()); }

  Machine machine;
  Generations generations{machine.ports, machine.layout};
  SlotSpec first = machine.stored("ticks-1");
  SlotSpec second = machine.stored("ticks-2");
};

TEST_F(GenerationsTest, DoNotExistBeforeTheFirstDeployment) {
  EXPECT_EQ(*generations.current_number(), std::nullopt);
  EXPECT_EQ(generations.current()->has_value(), false);
}

TEST_F(GenerationsTest, AreNamedByTheLinkOnceCommitted) {
  EXPECT_EQ(machine.commit(Machine::with_active(first)), 1U);
  EXPECT_EQ(link(), "generations/1");
  EXPECT_EQ(machine.commit(Machine::with_active(second)), 2U);
  EXPECT_EQ(link(), "generations/2");
  EXPECT_EQ(*generations.current_number(), 2U);
  EXPECT_EQ((*generations.current())->blue, second);
}

TEST_F(GenerationsTest, AreNotWrittenAgainWhenNothingChanges) {
  machine.commit(Machine::with_active(first));
  const auto before = machine.files.dump();
  EXPECT_EQ(machine.commit(Machine::with_active(first)), 1U);
  EXPECT_EQ(machine.files.dump(), before);
}

// Whoever was killed between the rename of the link and the sync of its directory leaves this.
TEST_F(GenerationsTest, AreCurrentAfterAPowerCutWhoeverNamedThem) {
  machine.commit(Machine::with_active(first));
  machine.commit(Machine::with_active(second));
  const std::string beside = machine.layout.current() + ".new";
  for (const char* number : {"1", "2"}) {
    ASSERT_TRUE(machine.files.symlink("generations/" + std::string(number), beside));
    ASSERT_TRUE(machine.files.rename(beside, machine.layout.current()));
    if (link() == "generations/1") machine.files.sync_all();
  }
  EXPECT_EQ(machine.commit(Machine::with_active(second)), 2U);
  machine.files.crash();
  EXPECT_EQ(link(), "generations/2");
}

TEST_F(GenerationsTest, ChangeWithEachPartOfTheirMeaning) {
  machine.commit(Machine::with_active(first));
  auto changed = Machine::with_active(first);
  changed.route.candidate = Slot::green;
  changed.green = second;
  EXPECT_EQ(machine.commit(changed), 2U);
  changed.route.mode = RouteMode::mirror;
  changed.route.percent = 100;
  EXPECT_EQ(machine.commit(changed), 3U);
  changed.green->config_source = "bucket: other\n";
  EXPECT_EQ(machine.commit(changed), 4U);
  changed.green->manifest_text += "# more\n";
  EXPECT_EQ(machine.commit(changed), 5U);
}

TEST_F(GenerationsTest, CanBeReadAfterTheyWereReplaced) {
  machine.commit(Machine::with_active(first));
  machine.commit(Machine::with_active(second));
  const auto old = generations.read(1);
  ASSERT_TRUE(old);
  EXPECT_EQ(old->blue, first);
  EXPECT_EQ(old->green, std::nullopt);
  EXPECT_EQ(old->route.generation, 1U);
  EXPECT_EQ(generations.read(7).error().code, Code::not_found);
}

TEST_F(GenerationsTest, SurvivePowerLossOnceCommitted) {
  machine.commit(Machine::with_active(first));
  machine.files.crash();
  ASSERT_TRUE(generations.current());
  EXPECT_EQ((*generations.current())->blue, first);
}

TEST_F(GenerationsTest, TellTheProgramOfASlotAllItNeeds) {
  auto generation = Machine::with_active(first);
  generation.route.candidate = Slot::green;
  generation.green = second;
  machine.commit(generation);
  const std::string base = machine.layout.generation(1);
  const auto run = parse_slot_run(machine.read(base + "/green/run.json"));
  ASSERT_TRUE(run);
  EXPECT_EQ(run->role, "candidate");
  EXPECT_EQ(run->generation, 1U);
  EXPECT_THAT(run->argv, ElementsAre(machine.layout.release(second.release) + "/bin/tick"));
  EXPECT_EQ(run->cwd, machine.layout.slot_state(Slot::green));
  EXPECT_EQ(run->bucket, "ticks-candidate");
  EXPECT_EQ(run->timeout_s, 20);
  EXPECT_EQ(run->secrets_file, "");
  EXPECT_EQ(parse_slot_run(machine.read(base + "/blue/run.json"))->bucket, "ticks");
  EXPECT_THAT(machine.read(base + "/green/config"), HasSubstr("ticks-candidate"));
  EXPECT_EQ(machine.read(base + "/green/source.yml"), "bucket: none\n");
  EXPECT_EQ(machine.files.info(base + "/green/config")->mode, 0600U);
}

TEST_F(GenerationsTest, ArePrunedButTheNewest) {
  for (const auto* spec : {&first, &second, &first, &second}) machine.commit(Machine::with_active(*spec));
  ASSERT_TRUE(generations.prune(2));
  EXPECT_THAT(numbers(), ElementsAre("3", "4"));
}

TEST_F(GenerationsTest, ThatARunHasPinnedAreNotPruned) {
  for (const auto* spec : {&first, &second, &first}) machine.commit(Machine::with_active(*spec));
  {
    const auto pin = machine.files.lock(machine.layout.generation(1) + "/route.json", LockMode::shared, 0);
    ASSERT_TRUE(pin);
    ASSERT_TRUE(generations.prune(1));
    EXPECT_THAT(numbers(), ElementsAre("1", "3"));
  }
  ASSERT_TRUE(generations.prune(1));
  EXPECT_THAT(numbers(), ElementsAre("3"));
}

TEST_F(GenerationsTest, ThatIsCurrentIsNeverPruned) {
  machine.commit(Machine::with_active(first));
  machine.commit(Machine::with_active(second));
  ASSERT_TRUE(machine.files.remove_file(machine.layout.current()));
  ASSERT_TRUE(machine.files.symlink("generations/1", machine.layout.current()));
  ASSERT_TRUE(generations.prune(0));
  EXPECT_THAT(numbers(), ElementsAre("1"));
}

TEST_F(GenerationsTest, NeverUseANumberTwice) {
  machine.commit(Machine::with_active(first));
  machine.commit(Machine::with_active(second));
  ASSERT_TRUE(machine.files.remove_file(machine.layout.current()));
  ASSERT_TRUE(generations.clear());
  EXPECT_GT(machine.commit(Machine::with_active(first)), 2U);
}

TEST_F(GenerationsTest, AreNotReadThroughALinkToSomethingElse) {
  machine.commit(Machine::with_active(first));
  ASSERT_TRUE(machine.files.remove_file(machine.layout.current()));
  ASSERT_TRUE(machine.files.symlink("generations/newest", machine.layout.current()));
  const auto number = generations.current_number();
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().message,
            machine.layout.current() + " names \"generations/newest\", which is no generation");
  EXPECT_FALSE(generations.current());
}

TEST_F(GenerationsTest, OfANewerFormatAreRefused) {
  machine.commit(Machine::with_active(first));
  const std::string path = machine.layout.generation(1) + "/route.json";
  std::string text = machine.read(path);
  text.replace(text.find("\"format\":1"), 10, "\"format\":2");
  machine.files.put(path, text);
  EXPECT_EQ(generations.current().error().code, Code::invalid);
}

TEST_F(GenerationsTest, CanReplaceOneThatIsDamaged) {
  machine.commit(Machine::with_active(first));
  machine.files.put(machine.layout.generation(1) + "/route.json", "{");
  EXPECT_FALSE(generations.current());
  EXPECT_EQ(machine.commit(Machine::with_active(first)), 2U);
  EXPECT_EQ((*generations.current())->blue, first);
}

TEST_F(GenerationsTest, WaitForTheHoldThatAnActivationShares) {
  machine.commit(Machine::with_active(first));
  {
    const auto hold = machine.files.lock(machine.layout.hold(), LockMode::shared, 0);
    ASSERT_TRUE(hold);
    const auto committed = generations.commit(Machine::with_active(second));
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, Code::busy);
  }
  EXPECT_EQ(link(), "generations/1");
  machine.commit(Machine::with_active(second));
  EXPECT_EQ((*generations.current())->blue, second);
}

TEST_F(GenerationsTest, RefuseAConfigThatCannotBeSet) {
  auto bad = Machine::with_active(first);
  bad.blue->config_source = "bucket: [1, 2\n";
  EXPECT_EQ(generations.commit(bad).error().code, Code::invalid);
  EXPECT_EQ(*generations.current_number(), std::nullopt);
}

TEST_F(GenerationsTest, AreReadBackAsTheyWereRecorded) {
  auto generation = Machine::with_active(first);
  generation.route.predecessor = Predecessor{Slot::green, second.release};
  generation.route.rollout = "o-1";
  generation.green = second;
  generation.green->config_source.reset();
  const auto read = parse_generation(render_generation(generation));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->blue, generation.blue);
  EXPECT_EQ(read->green, generation.green);
  EXPECT_EQ(render_route(read->route), render_route(generation.route));
  std::string newer = render_generation(generation);
  newer.replace(newer.find("\"format\": 1"), 11, "\"format\": 2");
  EXPECT_EQ(parse_generation(newer).error().message, "a recorded generation was written by a newer wxctl");
  for (const char* bad : {"", "{}", "[]", "{\"route\": 1}"}) EXPECT_FALSE(parse_generation(bad)) << bad;
}

TEST(StorePath, IsBelowTheAppsDataUnlessAbsolute) {
  const Layout layout = layout_of({"/c", "/d", "/s"}, "ticks", "/u");
  StoreSpec store;
  store.path = "points.db";
  EXPECT_EQ(store_path(layout, store), "/d/ticks/points.db");
  store.path = "/var/points.db";
  EXPECT_EQ(store_path(layout, store), "/var/points.db");
}

TEST(Role, OfASlotFollowsFromTheRoute) {
  Route route;
  EXPECT_EQ(role_of(route, Slot::blue), "idle");
  route.active = Slot::blue;
  route.candidate = Slot::green;
  EXPECT_EQ(role_of(route, Slot::blue), "active");
  EXPECT_EQ(role_of(route, Slot::green), "candidate");
}

}  // namespace
}  // namespace wx
