// What every implementation of FileSystem must do, the real one and the one in memory alike. A test program
// includes this once and instantiates FileSystemContract.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/ports/filesystem.hpp"

namespace wx::testkit {

// A file system and an empty directory of the test's own in it.
class FileWorld {
 public:
  virtual ~FileWorld() = default;
  virtual FileSystem& files() = 0;
  virtual std::string directory() = 0;
};

using MakeFileWorld = std::unique_ptr<FileWorld> (*)();

class FileSystemContract : public testing::TestWithParam<MakeFileWorld> {
 protected:
  void SetUp() override { world = GetParam()(); }

  FileSystem& files() { return world->files(); }
  std::string at(const std::string& name) { return world->directory() + "/" + name; }
  std::string content(const std::string& name) {
    auto text = files().read(at(name), 1000);
    return text ? *text : "(" + text.error().message + ")";
  }
  void write(const std::string& name, const std::string& text, std::uint32_t mode = 0644) {
    succeeds(files().write(at(name), text, mode));
  }
  void succeeds(const Status& status) { EXPECT_TRUE(status) << status.error().message; }
  template <class Outcome>
  void fails(const Outcome& outcome, Code code) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, code) << outcome.error().message;
    EXPECT_THAT(outcome.error().message, testing::HasSubstr(world->directory()));
  }

  std::unique_ptr<FileWorld> world;
};

TEST_P(FileSystemContract, AFileIsReadAsItWasWritten) {
  write("a", "one", 0640);
  EXPECT_EQ(content("a"), "one");
  write("a", "two");
  EXPECT_EQ(content("a"), "two");
  auto info = files().info(at("a"));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->type, FileType::file);
  EXPECT_EQ(info->mode, 0644u);
  EXPECT_EQ(info->size, 3u);
  EXPECT_EQ(*files().sha256(at("a")), "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3");
}

TEST_P(FileSystemContract, LimitsAreKept) {
  write("a", "12345");
  fails(files().read(at("a"), 4), Code::invalid);
  EXPECT_EQ(*files().read(at("a"), 5), "12345");
  EXPECT_EQ(*files().read_from(at("a"), 1, 2), "23");
  EXPECT_EQ(*files().read_from(at("a"), 5, 2), "");
  EXPECT_EQ(*files().read_from(at("a"), 99, 2), "");
}

TEST_P(FileSystemContract, WhatIsAbsentIsNotFound) {
  fails(files().read(at("none"), 9), Code::not_found);
  fails(files().info(at("none")), Code::not_found);
  fails(files().list(at("none")), Code::not_found);
  fails(files().read_link(at("none")), Code::not_found);
  fails(files().real_path(at("none/x")), Code::not_found);
  fails(files().write(at("none/x"), "", 0600), Code::not_found);
  fails(files().rename(at("none"), at("x")), Code::not_found);
  succeeds(files().remove_file(at("none")));
  succeeds(files().remove_tree(at("none/deeper")));
}

TEST_P(FileSystemContract, AnAppendMakesAPrivateFileAndAddsToIt) {
  succeeds(files().append(at("log"), "a\n", true));
  succeeds(files().append(at("log"), "b\n", false));
  EXPECT_EQ(content("log"), "a\nb\n");
  EXPECT_EQ(files().info(at("log"))->mode, 0600u);
}

TEST_P(FileSystemContract, ARenameReplacesAFile) {
  write("new", "new");
  write("old", "old");
  succeeds(files().rename(at("new"), at("old")));
  EXPECT_EQ(content("old"), "new");
  EXPECT_EQ(files().info(at("new")).error().code, Code::not_found);
}

TEST_P(FileSystemContract, ARenameNeverReplacesADirectoryThatHoldsSomething) {
  succeeds(files().make_directory(at("full"), 0755));
  write("full/x", "");
  succeeds(files().make_directory(at("other"), 0755));
  write("file", "");
  fails(files().rename(at("other"), at("full")), Code::failed);
  fails(files().rename(at("file"), at("full")), Code::failed);
  fails(files().rename(at("full"), at("full/inside")), Code::failed);
  succeeds(files().rename(at("full"), at("other")));
  EXPECT_EQ(content("other/x"), "");
}

TEST_P(FileSystemContract, ACopyHasTheContentAndNeverReplaces) {
  write("a", "text");
  succeeds(files().copy_file(at("a"), at("b"), 0755));
  EXPECT_EQ(content("b"), "text");
  EXPECT_EQ(files().info(at("b"))->mode, 0755u);
  fails(files().copy_file(at("a"), at("b"), 0755), Code::failed);
}

TEST_P(FileSystemContract, LinksAreFollowedInDirectoriesButNotAtTheEnd) {
  succeeds(files().make_directory(at("one"), 0755));
  write("one/x", "text");
  succeeds(files().symlink("one", at("current")));
  succeeds(files().symlink("current/x", at("link")));
  EXPECT_EQ(content("current/x"), "text");
  EXPECT_EQ(files().info(at("link"))->type, FileType::symlink);
  EXPECT_EQ(*files().read_link(at("link")), "current/x");
  EXPECT_EQ(*files().real_path(at("link")), at("one/x"));
  EXPECT_EQ(*files().real_path(at("current/../one/./x")), at("one/x"));
  EXPECT_FALSE(files().read(at("link"), 9));
  EXPECT_FALSE(files().write(at("link"), "", 0600));
  fails(files().symlink("elsewhere", at("current")), Code::failed);
  fails(files().read_link(at("one")), Code::invalid);
  succeeds(files().remove_tree(at("current")));
  EXPECT_EQ(content("one/x"), "text");
}

TEST_P(FileSystemContract, ALinkThatDanglesIsThereButLeadsNowhere) {
  succeeds(files().symlink("none", at("link")));
  EXPECT_TRUE(files().info(at("link")));
  fails(files().real_path(at("link")), Code::not_found);
  succeeds(files().symlink("loop", at("loop")));
  EXPECT_FALSE(files().real_path(at("loop")));
}

TEST_P(FileSystemContract, DirectoriesListTheirNamesInOrder) {
  succeeds(files().make_directory(at("d"), 0750));
  succeeds(files().make_directory(at("d"), 0700));
  EXPECT_EQ(files().info(at("d"))->mode, 0750u);
  for (const char* name : {"b", "c", "a"}) write(std::string("d/") + name, "");
  EXPECT_THAT(*files().list(at("d")), testing::ElementsAre("a", "b", "c"));
  succeeds(files().sync_directory(at("d")));
  fails(files().make_directory(at("d/a"), 0755), Code::failed);
  EXPECT_FALSE(files().remove_file(at("d")));
  succeeds(files().remove_tree(at("d")));
  fails(files().info(at("d")), Code::not_found);
}

TEST_P(FileSystemContract, ModesCanBeSet) {
  write("a", "");
  succeeds(files().set_mode(at("a"), 0400));
  EXPECT_EQ(files().info(at("a"))->mode, 0400u);
  fails(files().set_mode(at("none"), 0400), Code::not_found);
}

TEST_P(FileSystemContract, AnExclusiveLockExcludesUntilItIsReleased) {
  auto mine = files().lock(at("lock"), LockMode::exclusive, 0);
  ASSERT_TRUE(mine) << mine.error().message;
  EXPECT_EQ(files().info(at("lock"))->mode, 0600u);
  fails(files().lock(at("lock"), LockMode::exclusive, 20), Code::busy);
  fails(files().lock(at("lock"), LockMode::shared, 0), Code::busy);
  mine->reset();
  EXPECT_TRUE(files().lock(at("lock"), LockMode::exclusive, 0));
}

TEST_P(FileSystemContract, SharedLocksGoTogetherAndExcludeAnExclusiveOne) {
  auto first = files().lock(at("lock"), LockMode::shared, 0);
  auto second = files().lock(at("lock"), LockMode::shared, 0);
  ASSERT_TRUE(first && second);
  first->reset();
  fails(files().lock(at("lock"), LockMode::exclusive, 0), Code::busy);
  second->reset();
  EXPECT_TRUE(files().lock(at("lock"), LockMode::exclusive, 0));
}

}  // namespace wx::testkit
