#include "tests/testkit/memory_filesystem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/core/files.hpp"
#include "tests/testkit/fake_clock.hpp"

namespace wx::testkit {
namespace {

class MemoryFiles : public testing::Test {
 protected:
  void SetUp() override { files.put("/d/old", "old"); }
  std::string content(const std::string& path) {
    auto text = files.read(path, 1000);
    return text ? *text : "absent";
  }

  MemoryFileSystem files;
};

TEST_F(MemoryFiles, ACrashTakesANameThatItsDirectoryNeverSynced) {
  ASSERT_TRUE(files.write("/d/new", "new", 0644));
  files.crash();
  EXPECT_EQ(content("/d/new"), "absent");
  ASSERT_TRUE(files.write("/d/new", "new", 0644) && files.sync_directory("/d"));
  files.crash();
  EXPECT_EQ(content("/d/new"), "new");
}

TEST_F(MemoryFiles, ACrashUndoesARenameAndARemovalThatWereNotSynced) {
  ASSERT_TRUE(files.rename("/d/old", "/d/moved"));
  files.crash();
  EXPECT_EQ(content("/d/old"), "old");
  EXPECT_EQ(content("/d/moved"), "absent");
  ASSERT_TRUE(files.remove_file("/d/old"));
  files.crash();
  EXPECT_EQ(content("/d/old"), "old");
  ASSERT_TRUE(files.remove_file("/d/old") && files.sync_directory("/d"));
  files.crash();
  EXPECT_EQ(content("/d/old"), "absent");
}

TEST_F(MemoryFiles, ACrashTakesWhatWasAppendedWithoutBeingDurable) {
  ASSERT_TRUE(files.append("/d/old", "+", true) && files.append("/d/old", "-", false));
  files.crash();
  EXPECT_EQ(content("/d/old"), "old+");
}

TEST_F(MemoryFiles, ADurableAppendKeepsTheNameToo) {
  ASSERT_TRUE(files.append("/d/log", "line", true));
  files.crash();
  EXPECT_EQ(content("/d/log"), "line");
}

TEST_F(MemoryFiles, ACrashTakesADirectoryAndAllInItThatItsParentNeverSynced) {
  ASSERT_TRUE(files.make_directory("/d/sub", 0755) && files.write("/d/sub/x", "x", 0644) &&
              files.sync_directory("/d/sub"));
  files.crash();
  EXPECT_FALSE(files.info("/d/sub"));
}

TEST_F(MemoryFiles, AReplacedFileIsOldOrNewAfterACrashAtAnyEffect) {
  ASSERT_TRUE(replace_file(files, "/d/old", "new", 0644));
  files.crash();
  EXPECT_EQ(content("/d/old"), "new");
}

TEST_F(MemoryFiles, ACrashReleasesLocks) {
  auto mine = files.lock("/d/lock", LockMode::exclusive, 0);
  ASSERT_TRUE(mine);
  ASSERT_FALSE(files.lock("/d/lock", LockMode::exclusive, 0));
  files.crash();
  EXPECT_TRUE(files.lock("/d/lock", LockMode::exclusive, 0));
  mine->reset();
}

TEST_F(MemoryFiles, ASnapshotIsARestorableWorldWithItsUnsyncedState) {
  ASSERT_TRUE(files.write("/d/new", "new", 0644));
  const auto before = files.dump();
  const auto snapshot = files.snapshot();
  for (int time = 0; time < 2; ++time) {
    ASSERT_TRUE(files.remove_tree("/d"));
    EXPECT_NE(files.dump(), before);
    files.restore(snapshot);
    EXPECT_EQ(files.dump(), before);
  }
  files.crash();
  EXPECT_EQ(content("/d/new"), "absent");
  EXPECT_EQ(content("/d/old"), "old");
}

TEST_F(MemoryFiles, AFullDiskRefusesContent) {
  files.set_free_space(2);
  EXPECT_EQ(*files.free_space("/d"), 2u);
  EXPECT_EQ(files.write("/d/new", "new", 0644).error().code, Code::no_space);
  EXPECT_EQ(files.append("/d/old", "new", true).error().code, Code::no_space);
  EXPECT_EQ(files.copy_file("/d/old", "/d/copy", 0644).error().code, Code::no_space);
  EXPECT_FALSE(files.info("/d/copy"));
}

TEST_F(MemoryFiles, ADirectoryThatItsOwnerMayNotWriteSaysSo) {
  EXPECT_TRUE(files.may_write("/d"));
  ASSERT_TRUE(files.set_mode("/d", 0500));
  EXPECT_EQ(files.may_write("/d").error().code, Code::permission);
}

TEST(MemoryFilesWithAClock, WaitForALockInFakeTime) {
  FakeClock clock;
  MemoryFileSystem files(&clock);
  auto mine = files.lock("/lock", LockMode::exclusive, 0);
  ASSERT_TRUE(mine);
  const Micros begin = clock.monotonic();
  EXPECT_EQ(files.lock("/lock", LockMode::exclusive, 50).error().code, Code::busy);
  EXPECT_EQ(clock.monotonic() - begin, Millis{50});
  clock.at(clock.monotonic() + Millis{10}, [&] { mine->reset(); });
  EXPECT_TRUE(files.lock("/lock", LockMode::exclusive, 50));
}

}  // namespace
}  // namespace wx::testkit
