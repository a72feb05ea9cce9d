#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/engine/backup_prune.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

class BackupTest : public testing::Test {
 protected:
  void deploy() {
    release = machine.stored("ticks-1");
    machine.commit(Machine::with_active(release));
    machine.files.put(machine.layout.slot_state(Slot::blue) + "/cache.json", "{}");
    machine.files.put(machine.layout.live_config(), "bucket: mine\n");
  }
  BackupInfo created() {
    auto info = backups.create(10s);
    EXPECT_TRUE(info) << info.error().message;
    return info ? *info : BackupInfo{};
  }
  std::string complaint(const std::string& id) {
    const auto verified = backups.verify(id);
    if (verified) return "(fine)";
    EXPECT_EQ(verified.error().code, Code::failed);
    return verified.error().message;
  }

  Machine machine;
  Backups backups{machine.ports, machine.layout};
  SlotSpec release;
};

TEST_F(BackupTest, OfNothingIsImpossible) {
  const auto info = backups.create(10s);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Code::impossible);
  EXPECT_EQ(info.error().message, "nothing is deployed for ticks, so there is nothing to back up");
  EXPECT_TRUE(backups.list()->empty());
}

TEST_F(BackupTest, HoldsReleaseConfigManifestUnitsAndState) {
  deploy();
  const auto info = created();
  EXPECT_THAT(info.id, MatchesRegex("b-20261124T080000Z-[0-9a-f]{4}"));
  EXPECT_TRUE(info.verified);
  EXPECT_EQ(info.release, release.release);
  EXPECT_EQ(info.version, "ticks-1");
  EXPECT_EQ(info.created, "2026-11-24T08:00:00Z");
  machine.files.crash();
  EXPECT_EQ(machine.read(info.path + "/release/bin/tick"), machine.read("/srv/ticks-1/bin/tick"));
  EXPECT_EQ(machine.read(info.path + "/config.yml"), "bucket: mine\n");
  EXPECT_EQ(machine.read(info.path + "/manifest.yaml"), release.manifest_text);
  EXPECT_EQ(machine.read(info.path + "/state/cache.json"), "{}");
  EXPECT_TRUE(parse_generation(machine.read(info.path + "/generation.json")));
  EXPECT_EQ(machine.files.info(info.path + "/config.yml")->mode, 0600U);
  EXPECT_EQ(complaint(info.id), "(fine)");
}

TEST_F(BackupTest, TellsWhichFileWasChanged) {
  deploy();
  const auto id = created().id;
  const std::string file = machine.layout.backups() + "/" + id + "/state/cache.json";
  machine.files.put(file, "[]");
  EXPECT_EQ(complaint(id), "backup " + id + ": state/cache.json was changed");
  ASSERT_TRUE(machine.files.remove_file(file));
  ASSERT_TRUE(machine.files.symlink("/etc/passwd", file));
  EXPECT_EQ(complaint(id), "backup " + id + ": state/cache.json was changed");
}

TEST_F(BackupTest, TellsWhichFileIsMissing) {
  deploy();
  const auto id = created().id;
  ASSERT_TRUE(machine.files.remove_file(machine.layout.backups() + "/" + id + "/config.yml"));
  EXPECT_EQ(complaint(id), "backup " + id + ": config.yml is missing");
}

TEST_F(BackupTest, TellsWhichFileIsNew) {
  deploy();
  const auto id = created().id;
  machine.files.put(machine.layout.backups() + "/" + id + "/state/more", "");
  EXPECT_EQ(complaint(id), "backup " + id + ": state/more was added");
}

TEST_F(BackupTest, WithADamagedDescriptionIsSaidToBe) {
  deploy();
  const auto info = created();
  for (const char* text : {"{", "{}", "[]"}) {
    machine.files.put(info.path + "/backup.json", text);
    EXPECT_THAT(complaint(info.id), HasSubstr("backup.json is damaged")) << text;
  }
  EXPECT_TRUE(backups.list()->empty());
}

TEST_F(BackupTest, OfANewerFormatIsNotJudged) {
  deploy();
  const auto info = created();
  std::string text = machine.read(info.path + "/backup.json");
  machine.files.put(info.path + "/backup.json",
                    text.replace(text.find("\"format\": 1"), 11, "\"format\": 2"));
  EXPECT_EQ(backups.verify(info.id).error().code, Code::invalid);
}

TEST_F(BackupTest, OfAnUnknownIdIsNotFoundButTheNearestIsNamed) {
  deploy();
  const auto id = created().id;
  const auto verified = backups.verify(id.substr(0, id.size() - 1) + "x");
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Code::not_found);
  EXPECT_THAT(verified.error().message, HasSubstr("(did you mean \"" + id + "\"?)"));
  EXPECT_EQ(backups.verify("../releases").error().code, Code::not_found);
}

TEST_F(BackupTest, IsListedNewestFirst) {
  deploy();
  const auto first = created().id;
  machine.world.clock.advance(1s);
  const auto second = created().id;
  ASSERT_TRUE(machine.files.make_directory(machine.layout.backups() + "/b-20991124T080000Z-0000.new", 0700));
  const auto list = backups.list();
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->at(0).id, second);
  EXPECT_EQ(list->at(1).id, first);
  EXPECT_FALSE(list->at(0).verified);
}

// A program that runs in the active slot for `duration` from now on.
void let_run(Machine& machine, Micros duration) {
  machine.files.put(machine.layout.unit_dir + "/ticks@.service",
                    "[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=/bin/sh\n");
  machine.world.systemd.on_exec = [duration](const auto&, const auto&) {
    return testkit::ServiceExit{0, 0, duration};
  };
  ASSERT_TRUE(machine.ports.systemd.start("ticks@blue.service", 1us));
}

TEST_F(BackupTest, WaitsForTheRunInProgress) {
  deploy();
  let_run(machine, 5s);
  const auto begun = machine.ports.clock.monotonic();
  created();
  EXPECT_GE(machine.ports.clock.monotonic() - begun, 5s - 1us);
}

TEST_F(BackupTest, GivesUpWhenTheRunDoesNotEnd) {
  deploy();
  let_run(machine, 1h);
  const auto info = backups.create(10s);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Code::failed);
  EXPECT_THAT(info.error().message, HasSubstr("ticks@blue.service did not end in time"));
  EXPECT_TRUE(backups.list()->empty());
  // Activations are not held up any longer.
  EXPECT_TRUE(machine.files.lock(machine.layout.hold(), LockMode::exclusive, 0));
}

TEST_F(BackupTest, PrunedAreOldOnesAndNeverTheNewestGoodOne) {
  deploy();
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(created().id);
    machine.world.clock.advance(1h);
  }
  // What was changed behind our back counts as one of the newest, not as a good one.
  machine.files.put(machine.layout.backups() + "/" + ids[3] + "/config.yml", "bucket: theirs\n");
  const auto told = prune_backups(machine.ports, machine.layout, {1, {}}, true);
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(backups.list()->size(), 4U);
  const auto done = prune_backups(machine.ports, machine.layout, {1, {}}, false);
  ASSERT_TRUE(done) << done.error().message;
  std::vector<std::string> left;
  const auto listed = backups.list();
  for (const auto& backup : *listed) left.push_back(backup.id);
  EXPECT_THAT(left, ElementsAre(ids[3], ids[2]));
  EXPECT_EQ(complaint(ids[2]), "(fine)");
}

TEST_F(BackupTest, WithoutAGoodOneNoneIsPruned) {
  deploy();
  const std::vector<std::string> ids{created().id, created().id};
  for (const auto& id : ids)
    machine.files.put(machine.layout.backups() + "/" + id + "/config.yml", "bucket: theirs\n");
  const auto refused = prune_backups(machine.ports, machine.layout, {1, {}}, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::failed);
  EXPECT_EQ(backups.list()->size(), 2U);
}

}  // namespace
}  // namespace wx
