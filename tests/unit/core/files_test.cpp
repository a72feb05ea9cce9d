#include "common/core/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/adapters/posix_filesystem.hpp"
#include "tests/testkit/failing_filesystem.hpp"
#include "tests/testkit/temp_directory.hpp"

namespace wx {
namespace {

using ::testing::ElementsAre;

class Files : public ::testing::Test {
 protected:
  std::string content(const std::string& name) { return disk_->read(root_ / name, 1000).value(); }
  std::vector<std::string> names(const std::string& name = "") { return disk_->list(root_ / name).value(); }

  testkit::TempDirectory root_;
  std::unique_ptr<FileSystem> disk_ = make_posix_filesystem();
};

using ReplaceFile = Files;

TEST_F(ReplaceFile, CreatesAndReplacesWithTheModeAndLeavesNothingBeside) {
  ASSERT_TRUE(replace_file(*disk_, root_ / "a", "old", 0600));
  ASSERT_TRUE(replace_file(*disk_, root_ / "a", "new", 0640));
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(disk_->info(root_ / "a")->mode, 0640u);
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(ReplaceFile, ReplacesALinkInsteadOfWritingThroughIt) {
  ASSERT_TRUE(disk_->write(root_ / "precious", "precious", 0600));
  ASSERT_TRUE(disk_->symlink("precious", root_ / "a"));
  ASSERT_TRUE(replace_file(*disk_, root_ / "a", "new", 0600));
  EXPECT_EQ(content("precious"), "precious");
  EXPECT_EQ(content("a"), "new");
}

TEST_F(ReplaceFile, IsNotFooledByALinkThatLiesBeside) {
  ASSERT_TRUE(disk_->write(root_ / "precious", "precious", 0600));
  ASSERT_TRUE(disk_->symlink("precious", root_ / "a.new"));
  ASSERT_TRUE(replace_file(*disk_, root_ / "a", "new", 0600));
  EXPECT_EQ(content("precious"), "precious");
  EXPECT_THAT(names(), ElementsAre("a", "precious"));
}

TEST_F(ReplaceFile, SyncsBetweenRenameAndReturn) {
  testkit::FailingFileSystem files(*disk_);
  ASSERT_TRUE(replace_file(files, root_ / "a", "new", 0600));
  EXPECT_THAT(files.effects(), ElementsAre("remove_file", "write", "rename", "sync_directory"));
}

TEST_F(ReplaceFile, LeavesTheOldFileOrTheNewOneAndNoDebrisWhicheverEffectFails) {
  for (std::size_t number = 0; number < 4; ++number) {
    ASSERT_TRUE(replace_file(*disk_, root_ / "a", "old", 0600));
    testkit::FailingFileSystem files(*disk_);
    files.fail_at(number);
    const auto replaced = replace_file(files, root_ / "a", "new", 0600);
    ASSERT_FALSE(replaced) << number;
    EXPECT_EQ(replaced.error().code, Code::no_space);
    EXPECT_EQ(content("a"), number < 3 ? "old" : "new") << number;
    EXPECT_THAT(names(), ElementsAre("a")) << number;
  }
}

TEST_F(ReplaceFile, FailsWithoutDebrisWhereADirectoryIs) {
  ASSERT_TRUE(disk_->make_directory(root_ / "a", 0700));
  EXPECT_FALSE(replace_file(*disk_, root_ / "a", "new", 0600));
  EXPECT_THAT(names(), ElementsAre("a"));
}

using ReplaceLink = Files;

TEST_F(ReplaceLink, PointsElsewhereAtOnce) {
  ASSERT_TRUE(replace_link(*disk_, root_ / "current", "generations/1"));
  ASSERT_TRUE(replace_link(*disk_, root_ / "current", "generations/2"));
  EXPECT_EQ(disk_->read_link(root_ / "current").value(), "generations/2");
  EXPECT_THAT(names(), ElementsAre("current"));
}

TEST_F(ReplaceLink, OvercomesWhatACrashLeftBeside) {
  ASSERT_TRUE(disk_->symlink("generations/9", root_ / "current.new"));
  ASSERT_TRUE(replace_link(*disk_, root_ / "current", "generations/2"));
  EXPECT_EQ(disk_->read_link(root_ / "current").value(), "generations/2");
  EXPECT_THAT(names(), ElementsAre("current"));
}

TEST_F(ReplaceLink, LeavesTheOldLinkOrTheNewOneAndNoDebrisWhicheverEffectFails) {
  for (std::size_t number = 0; number < 4; ++number) {
    ASSERT_TRUE(replace_link(*disk_, root_ / "current", "old"));
    testkit::FailingFileSystem files(*disk_);
    files.fail_at(number);
    EXPECT_FALSE(replace_link(files, root_ / "current", "new")) << number;
    EXPECT_EQ(disk_->read_link(root_ / "current").value(), number < 3 ? "old" : "new") << number;
    EXPECT_THAT(names(), ElementsAre("current")) << number;
  }
}

using MakeDirectories = Files;

TEST_F(MakeDirectories, MakesWhatIsMissingAndLeavesTheRestAlone) {
  ASSERT_TRUE(disk_->make_directory(root_ / "a", 0755));
  ASSERT_TRUE(make_directories(*disk_, root_ / "a/b/c", 0700));
  ASSERT_TRUE(make_directories(*disk_, root_ / "a/b/c", 0700));
  EXPECT_EQ(disk_->info(root_ / "a")->mode, 0755u);
  EXPECT_EQ(disk_->info(root_ / "a/b")->mode, 0700u);
  EXPECT_EQ(disk_->info(root_ / "a/b/c")->mode, 0700u);
}

TEST_F(MakeDirectories, GoThroughALinkToADirectory) {
  ASSERT_TRUE(disk_->make_directory(root_ / "disk", 0700));
  ASSERT_TRUE(disk_->symlink("disk", root_ / "data"));
  ASSERT_TRUE(make_directories(*disk_, root_ / "data", 0700));
  ASSERT_TRUE(make_directories(*disk_, root_ / "data/app", 0700));
  EXPECT_THAT(names("disk"), ElementsAre("app"));
}

TEST_F(MakeDirectories, RefuseAFileInTheWayAndNameIt) {
  ASSERT_TRUE(disk_->write(root_ / "a", "", 0600));
  const auto made = make_directories(*disk_, root_ / "a/b", 0700);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find(root_ / "a"), std::string::npos) << made.error().message;
  EXPECT_FALSE(make_directories(*disk_, root_ / "a", 0700));
}

TEST_F(MakeDirectories, SyncTheNameOfEachNewDirectory) {
  testkit::FailingFileSystem files(*disk_);
  ASSERT_TRUE(make_directories(files, root_ / "a/b", 0700));
  EXPECT_THAT(files.effects(),
              ElementsAre("make_directory", "sync_directory", "make_directory", "sync_directory"));
}

TEST_F(Files, ExistIncludingLinksThatDangle) {
  ASSERT_TRUE(disk_->symlink("nowhere", root_ / "link"));
  EXPECT_TRUE(exists(*disk_, root_ / "link"));
  EXPECT_FALSE(exists(*disk_, root_ / "nowhere"));
}

TEST_F(Files, AreReadIfTheyArePresent) {
  ASSERT_TRUE(disk_->write(root_ / "a", "content", 0600));
  EXPECT_EQ(read_if_present(*disk_, root_ / "a", 100).value(), "content");
  EXPECT_EQ(read_if_present(*disk_, root_ / "b", 100).value(), std::nullopt);
  EXPECT_EQ(read_if_present(*disk_, root_ / "a", 3).error().code, Code::invalid) << "too large is not absent";
}

class Trees : public Files {
 protected:
  void SetUp() override {
    for (const std::string directory : {"from", "from/bin", "from/empty"}) {
      ASSERT_TRUE(disk_->make_directory(root_ / directory, 0755));
    }
    ASSERT_TRUE(disk_->write(root_ / "from/bin/tick", "#!", 04755));
    ASSERT_TRUE(disk_->write(root_ / "from/bin-notes", "n", 0640));
    ASSERT_TRUE(disk_->symlink("bin/tick", root_ / "from/run"));
    ASSERT_TRUE(disk_->symlink("bin", root_ / "from/sbin"));
  }
  std::vector<std::string> paths(const std::string& name) {
    std::vector<std::string> result;
    for (const auto& entry : walk(*disk_, root_ / name, 100).value()) result.push_back(entry.path);
    return result;
  }
};

TEST_F(Trees, AreWalkedInOrderWithoutFollowingLinks) {
  EXPECT_THAT(paths("from"), ElementsAre("bin", "bin-notes", "bin/tick", "empty", "run", "sbin"));
  const auto entries = walk(*disk_, root_ / "from", 100).value();
  EXPECT_EQ(entries[4].link_target, "bin/tick");
  EXPECT_EQ(entries[5].info.type, FileType::symlink);
}

TEST_F(Trees, AreWalkedUpToTheLimitAndNotBeyond) {
  EXPECT_TRUE(walk(*disk_, root_ / "from", 6));
  const auto walked = walk(*disk_, root_ / "from", 5);
  ASSERT_FALSE(walked);
  EXPECT_EQ(walked.error().code, Code::invalid);
}

TEST_F(Trees, ThatAreAbsentAreNotFound) {
  EXPECT_EQ(walk(*disk_, root_ / "absent", 5).error().code, Code::not_found);
  EXPECT_EQ(copy_tree(*disk_, root_ / "absent", root_ / "to", 5).error().code, Code::not_found);
}

TEST_F(Trees, AreCopiedWithModesAndLinksButWithoutSetuid) {
  ASSERT_TRUE(copy_tree(*disk_, root_ / "from", root_ / "to", 100));
  EXPECT_EQ(paths("to"), paths("from"));
  EXPECT_EQ(content("to/bin/tick"), "#!");
  EXPECT_EQ(disk_->info(root_ / "to/bin/tick")->mode, 0755u);
  EXPECT_EQ(disk_->info(root_ / "to/bin-notes")->mode, 0640u);
  EXPECT_EQ(disk_->read_link(root_ / "to/run").value(), "bin/tick");
}

TEST_F(Trees, KeepReadOnlyDirectoriesReadOnlyInTheCopy) {
  ASSERT_TRUE(disk_->set_mode(root_ / "from/bin", 0555));
  ASSERT_TRUE(copy_tree(*disk_, root_ / "from", root_ / "to", 100));
  EXPECT_EQ(disk_->info(root_ / "to/bin")->mode, 0555u);
  EXPECT_EQ(content("to/bin/tick"), "#!");
}

TEST_F(Trees, AreNotCopiedOverAnything) {
  ASSERT_TRUE(disk_->write(root_ / "to", "mine", 0600));
  EXPECT_FALSE(copy_tree(*disk_, root_ / "from", root_ / "to", 100));
  EXPECT_EQ(content("to"), "mine");
}

TEST_F(Trees, ThatCannotBeCopiedWhollyAreNotCopiedAtAll) {
  testkit::FailingFileSystem counting(*disk_);
  ASSERT_TRUE(copy_tree(counting, root_ / "from", root_ / "to", 100));
  ASSERT_TRUE(disk_->remove_tree(root_ / "to"));
  ASSERT_GT(counting.effects().size(), 8u);
  for (std::size_t number = 0; number < counting.effects().size(); ++number) {
    testkit::FailingFileSystem files(*disk_);
    files.fail_at(number);
    EXPECT_FALSE(copy_tree(files, root_ / "from", root_ / "to", 100)) << counting.effects()[number];
    EXPECT_THAT(names(), ElementsAre("from")) << counting.effects()[number];
  }
}

}  // namespace
}  // namespace wx
