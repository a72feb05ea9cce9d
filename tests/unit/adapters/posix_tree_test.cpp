#include "common/adapters/posix_tree.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/testkit/child.hpp"
#include "tests/testkit/temp_directory.hpp"

namespace wx {
namespace {

namespace fs = std::filesystem;

class RemoveTree : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fs::create_directories(root_ / "tree/a/b")); }
  void touch(const std::string& name) { std::ofstream(root_ / name) << "x"; }
  [[nodiscard]] bool is_there(const std::string& name) const {
    return fs::symlink_status(root_ / name).type() != fs::file_type::not_found;
  }

  testkit::TempDirectory root_;
};

TEST_F(RemoveTree, RemovesAllOfItAndNothingBeside) {
  for (const char* name : {"tree/f", "tree/a/f", "tree/a/b/f", "tree/a/b/.hidden", "beside"}) touch(name);
  fs::create_directories(root_ / "tree/c/d/e");
  ASSERT_TRUE(remove_posix_tree(root_ / "tree"));
  EXPECT_FALSE(is_there("tree"));
  EXPECT_TRUE(is_there("beside"));
}

TEST_F(RemoveTree, IsContentWithNothing) {
  EXPECT_TRUE(remove_posix_tree(root_ / "absent"));
  EXPECT_TRUE(remove_posix_tree(root_ / "absent/below"));
}

TEST_F(RemoveTree, RemovesAFileOrAnEmptyDirectoryToo) {
  touch("file");
  EXPECT_TRUE(remove_posix_tree(root_ / "file"));
  EXPECT_TRUE(remove_posix_tree(root_ / "tree/a/b"));
  EXPECT_FALSE(is_there("file"));
  EXPECT_FALSE(is_there("tree/a/b"));
}

TEST_F(RemoveTree, RemovesLinksButNotWhatTheyPointTo) {
  touch("precious");
  fs::create_directory(root_ / "kept");
  touch("kept/precious");
  fs::create_symlink(root_ / "kept", root_ / "tree/a/link");
  fs::create_symlink(root_ / "precious", root_ / "tree/link");
  fs::create_symlink(root_ / "kept", root_ / "root-link");
  ASSERT_TRUE(remove_posix_tree(root_ / "tree"));
  ASSERT_TRUE(remove_posix_tree(root_ / "root-link"));
  EXPECT_FALSE(is_there("tree"));
  EXPECT_FALSE(is_there("root-link"));
  EXPECT_TRUE(is_there("precious"));
  EXPECT_TRUE(is_there("kept/precious"));
}

TEST_F(RemoveTree, RemovesDirectoriesThatForbidIt) {
  touch("tree/a/f");
  touch("tree/a/b/f");
  WX_EXPECT_CHILD([this] {
    if (::geteuid() == 0) {
      for (const auto& path : {root_.path(), root_ / "tree", root_ / "tree/a", root_ / "tree/a/b"}) {
        if (::chown(path.c_str(), 65534, 65534) != 0) return false;
      }
    }
    if (!testkit::become_ordinary()) return false;
    EXPECT_EQ(::chmod((root_ / "tree/a/b").c_str(), 0), 0);
    EXPECT_EQ(::chmod((root_ / "tree/a").c_str(), 0500), 0);
    EXPECT_EQ(::chmod((root_ / "tree").c_str(), 0500), 0);
    const auto removed = remove_posix_tree(root_ / "tree");
    EXPECT_TRUE(removed) << removed.error().message;
    EXPECT_FALSE(is_there("tree"));
    return true;
  });
}

TEST_F(RemoveTree, NamesWhatItCouldNotRemoveAndSaysThatItIsNotAllowed) {
  touch("tree/f");
  WX_EXPECT_CHILD([this] {
    if (::geteuid() != 0 || ::chmod(root_.path().c_str(), 0755) != 0 || !testkit::become_ordinary())
      return false;
    for (const auto& path : {root_ / "tree", root_ / "tree/a/b", root_ / "tree/f"}) {
      const auto removed = remove_posix_tree(path);
      EXPECT_FALSE(removed);
      EXPECT_EQ(removed.error().code, Code::permission);
      EXPECT_NE(removed.error().message.find(path + ":"), std::string::npos) << removed.error().message;
    }
    return true;
  });
}

TEST_F(RemoveTree, NeverCallsAReadOnlyDiskAnAbsentFile) {
  WX_EXPECT_CHILD([this] {
    if (!testkit::own_mounts() || ::mount("none", (root_ / "tree").c_str(), "tmpfs", 0, nullptr) != 0)
      return false;
    touch("tree/f");
    if (::mount("none", (root_ / "tree").c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return false;
    const auto removed = remove_posix_tree(root_ / "tree/f");
    EXPECT_FALSE(removed);
    EXPECT_EQ(removed.error().code, Code::permission);
    return true;
  });
}

TEST_F(RemoveTree, RemovesTreesDeeperThanAnyPathWithFewDescriptors) {
  // 600 levels of 9 characters are more than PATH_MAX allows in one name.
  int at = ::open((root_ / "tree").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int level = 0; level < 600; ++level) {
    ASSERT_EQ(::mkdirat(at, "directory", 0700), 0);
    const int below = ::openat(at, "directory", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_GE(below, 0);
    ::close(at);
    at = below;
  }
  ::close(at);
  WX_EXPECT_CHILD([this] {
    const rlimit few{32, 32};
    if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return false;
    const auto removed = remove_posix_tree(root_ / "tree");
    EXPECT_TRUE(removed) << removed.error().message.substr(0, 500);
    return true;
  });
  EXPECT_FALSE(is_there("tree"));
}

TEST_F(RemoveTree, RemovesManyDirectoriesBesideEachOther) {
  for (int i = 0; i < 500; ++i) {
    const auto name = "tree/d" + std::to_string(i);
    fs::create_directory(root_ / name);
    touch(name + "/f");
  }
  ASSERT_TRUE(remove_posix_tree(root_ / "tree"));
  EXPECT_FALSE(is_there("tree"));
}

TEST_F(RemoveTree, StopsAtAMountPointEvenOfTheSameDisk) {
  fs::create_directory(root_ / "precious");
  touch("precious/f");
  WX_EXPECT_CHILD([this] {
    if (!testkit::own_mounts() ||
        ::mount((root_ / "precious").c_str(), (root_ / "tree/a/b").c_str(), nullptr, MS_BIND, nullptr) != 0) {
      return false;
    }
    const auto removed = remove_posix_tree(root_ / "tree");
    EXPECT_FALSE(removed);
    EXPECT_NE(removed.error().message.find("mounted"), std::string::npos) << removed.error().message;
    EXPECT_FALSE(remove_posix_tree(root_ / "tree/a/b"));
    return true;
  });
  EXPECT_TRUE(is_there("precious/f"));
}

TEST(RemoveTreeOf, TheRootOfAllIsRefused) {
  // In mounts of its own, where it would hit an empty place if the refusal failed.
  WX_EXPECT_CHILD([] {
    const testkit::TempDirectory root;
    if (!testkit::own_mounts() || ::mount("none", root.path().c_str(), "tmpfs", 0, nullptr) != 0 ||
        ::chroot(root.path().c_str()) != 0 || ::chdir("/") != 0) {
      return false;
    }
    std::ofstream("/precious") << "x";
    EXPECT_FALSE(remove_posix_tree("/"));
    EXPECT_TRUE(fs::exists("/precious"));
    return true;
  });
}

}  // namespace
}  // namespace wx
