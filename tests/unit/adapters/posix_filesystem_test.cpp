#include "common/adapters/posix_filesystem.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <limits>
#include <thread>

#include "tests/testkit/child.hpp"
#include "tests/testkit/temp_directory.hpp"

namespace wx {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PosixFileSystem : public ::testing::Test {
 protected:
  testkit::TempDirectory root_;
  std::unique_ptr<FileSystem> files_ = make_posix_filesystem();
};

// --- writing ---

TEST_F(PosixFileSystem, WritesExactlyTheContentWithExactlyTheMode) {
  const auto before = ::umask(077);
  const std::string content("with\0a zero\n", 12);
  EXPECT_TRUE(files_->write(root_ / "a", content, 0754));
  ::umask(before);
  EXPECT_EQ(files_->read(root_ / "a", 100).value(), content);
  EXPECT_EQ(files_->info(root_ / "a")->mode, 0754u);
}

TEST_F(PosixFileSystem, WritesOverALongerFileWithoutLeavingItsEnd) {
  ASSERT_TRUE(files_->write(root_ / "a", "a long content", 0644));
  ASSERT_TRUE(files_->write(root_ / "a", "short", 0600));
  EXPECT_EQ(files_->read(root_ / "a", 100).value(), "short");
  EXPECT_EQ(files_->info(root_ / "a")->mode, 0600u);
}

TEST_F(PosixFileSystem, WritesMegabytes) {
  const std::string content(5 << 20, 'x');
  ASSERT_TRUE(files_->write(root_ / "a", content, 0600));
  EXPECT_EQ(files_->info(root_ / "a")->size, content.size());
  EXPECT_EQ(files_->read(root_ / "a", content.size()).value(), content);
}

TEST_F(PosixFileSystem, NeverWritesThroughALink) {
  ASSERT_TRUE(files_->write(root_ / "precious", "precious", 0600));
  ASSERT_TRUE(files_->symlink("precious", root_ / "link"));
  const auto written = files_->write(root_ / "link", "gone", 0600);
  ASSERT_FALSE(written);
  EXPECT_FALSE(written.error().remedy.empty());
  EXPECT_FALSE(files_->append(root_ / "link", "gone", false));
  EXPECT_FALSE(files_->copy_file(root_ / "precious", root_ / "link", 0600));
  EXPECT_EQ(files_->read(root_ / "precious", 100).value(), "precious");
}

TEST_F(PosixFileSystem, DoesNotHangOnAPipeInThePlaceOfAFile) {
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(files_->read(root_ / "pipe", 100));
  EXPECT_FALSE(files_->write(root_ / "pipe", "x", 0600));
  EXPECT_FALSE(files_->sha256(root_ / "pipe"));
  EXPECT_EQ(files_->info(root_ / "pipe")->type, FileType::other);
}

TEST_F(PosixFileSystem, SaysWhatFailedWhereAndWhy) {
  const auto path = root_ / "absent/a";
  const auto written = files_->write(path, "x", 0600);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::not_found);
  EXPECT_EQ(written.error().message, "cannot write " + path + ": No such file or directory");
}

TEST_F(PosixFileSystem, TellsAFullDiskFromOtherFailures) {
  WX_EXPECT_CHILD([this] {
    if (!testkit::own_mounts() || ::mount("none", root_.path().c_str(), "tmpfs", 0, "size=64k") != 0)
      return false;
    const std::string large(200'000, 'x');
    const auto written = files_->write(root_ / "a", large, 0600);
    EXPECT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::no_space);
    EXPECT_FALSE(written.error().remedy.empty());
    EXPECT_EQ(files_->append(root_ / "a", large, true).error().code, Code::no_space);
    EXPECT_TRUE(files_->remove_file(root_ / "a"));
    EXPECT_TRUE(files_->write(root_ / "half", std::string(40'000, 'x'), 0600));
    EXPECT_EQ(files_->copy_file(root_ / "half", root_ / "copy", 0600).error().code, Code::no_space);
    EXPECT_EQ(files_->info(root_ / "copy").error().code, Code::not_found) << "half a copy is debris";
    EXPECT_LT(files_->free_space(root_.path()).value(), 40'000u);
    return true;
  });
}

TEST_F(PosixFileSystem, TellsAReadOnlyDiskAsAPermission) {
  WX_EXPECT_CHILD([this] {
    if (!testkit::own_mounts() || ::mount("none", root_.path().c_str(), "tmpfs", MS_RDONLY, "size=64k") != 0)
      return false;
    EXPECT_EQ(files_->write(root_ / "a", "x", 0600).error().code, Code::permission);
    EXPECT_EQ(files_->make_directory(root_ / "d", 0700).error().code, Code::permission);
    return true;
  });
}

TEST_F(PosixFileSystem, TellsWhatIsNotAllowedAsAPermission) {
  ASSERT_TRUE(files_->write(root_ / "secret", "x", 0600));
  WX_EXPECT_CHILD([this] {
    if (::chmod(root_.path().c_str(), 0500) != 0 || !testkit::become_ordinary()) return false;
    EXPECT_EQ(files_->read(root_ / "secret", 10).error().code, Code::permission);
    EXPECT_EQ(files_->write(root_ / "new", "x", 0600).error().code, Code::permission);
    EXPECT_EQ(files_->remove_tree(root_ / "secret").error().code, Code::permission);
    return true;
  });
}

// --- copying, appending, renaming ---

TEST_F(PosixFileSystem, CopiesWithTheModeThatWasAskedFor) {
  const std::string content(300'000, 'y');
  ASSERT_TRUE(files_->write(root_ / "a", content, 0644));
  ASSERT_TRUE(files_->copy_file(root_ / "a", root_ / "b", 0500));
  EXPECT_EQ(files_->read(root_ / "b", content.size()).value(), content);
  EXPECT_EQ(files_->info(root_ / "b")->mode, 0500u);
}

TEST_F(PosixFileSystem, CopiesEmptyFilesAndFilesOfUnknownSize) {
  ASSERT_TRUE(files_->write(root_ / "empty", "", 0600));
  ASSERT_TRUE(files_->copy_file(root_ / "empty", root_ / "b", 0600));
  EXPECT_EQ(files_->info(root_ / "b")->size, 0u);
  ASSERT_TRUE(files_->copy_file("/proc/version", root_ / "version", 0600));
  EXPECT_EQ(files_->read(root_ / "version", 10'000).value(), files_->read("/proc/version", 10'000).value());
}

TEST_F(PosixFileSystem, NeverCopiesOverAFile) {
  ASSERT_TRUE(files_->write(root_ / "a", "a", 0600));
  ASSERT_TRUE(files_->write(root_ / "b", "b", 0600));
  EXPECT_EQ(files_->copy_file(root_ / "a", root_ / "b", 0600).error().code, Code::failed);
  EXPECT_EQ(files_->read(root_ / "b", 10).value(), "b");
}

TEST_F(PosixFileSystem, CopiesNeitherDirectoriesNorWhatALinkPointsTo) {
  ASSERT_TRUE(files_->symlink("/etc/passwd", root_ / "link"));
  EXPECT_FALSE(files_->copy_file(root_ / "link", root_ / "b", 0600));
  EXPECT_EQ(files_->copy_file(root_.path(), root_ / "b", 0600).error().code, Code::invalid);
  EXPECT_THAT(files_->list(root_.path()).value(), ElementsAre("link"));
}

TEST_F(PosixFileSystem, AppendsAndCreatesPrivately) {
  const auto before = ::umask(0);
  EXPECT_TRUE(files_->append(root_ / "log", "one\n", true));
  ::umask(before);
  EXPECT_TRUE(files_->append(root_ / "log", "two\n", false));
  EXPECT_EQ(files_->read(root_ / "log", 100).value(), "one\ntwo\n");
  EXPECT_EQ(files_->info(root_ / "log")->mode, 0600u);
}

TEST_F(PosixFileSystem, AppendsWholeLinesFromSeveralThreads) {
  constexpr int each = 200;
  std::vector<std::thread> writers;
  for (const char letter : {'a', 'b', 'c'}) {
    writers.emplace_back([this, letter] {
      const auto own = make_posix_filesystem();
      for (int i = 0; i < each; ++i)
        EXPECT_TRUE(own->append(root_ / "log", std::string(99, letter) + "\n", false));
    });
  }
  for (auto& writer : writers) writer.join();
  std::ifstream log(root_ / "log");
  int lines = 0;
  for (std::string line; std::getline(log, line); ++lines) ASSERT_EQ(line, std::string(99, line.at(0)));
  EXPECT_EQ(lines, 3 * each);
}

TEST_F(PosixFileSystem, RenamesOverWhatIsThere) {
  ASSERT_TRUE(files_->write(root_ / "a", "a", 0600));
  ASSERT_TRUE(files_->write(root_ / "b", "b", 0600));
  ASSERT_TRUE(files_->rename(root_ / "a", root_ / "b"));
  EXPECT_EQ(files_->read(root_ / "b", 10).value(), "a");
  EXPECT_EQ(files_->rename(root_ / "a", root_ / "b").error().code, Code::not_found);
}

// --- reading ---

TEST_F(PosixFileSystem, ReadsUpToTheLimitAndRefusesMore) {
  ASSERT_TRUE(files_->write(root_ / "a", "12345", 0600));
  EXPECT_EQ(files_->read(root_ / "a", 5).value(), "12345");
  EXPECT_EQ(files_->read(root_ / "a", std::numeric_limits<std::uint64_t>::max()).value(), "12345");
  const auto read = files_->read(root_ / "a", 4);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::invalid);
  EXPECT_THAT(read.error().message, HasSubstr("larger than 4 bytes"));
}

TEST_F(PosixFileSystem, AppliesTheLimitToFilesThatTellNoSize) {
  ASSERT_EQ(files_->info("/proc/version")->size, 0u);
  EXPECT_EQ(files_->read("/proc/version", 3).error().code, Code::invalid);
}

TEST_F(PosixFileSystem, ReadsFromTheMiddle) {
  ASSERT_TRUE(files_->write(root_ / "a", "0123456789", 0600));
  EXPECT_EQ(files_->read_from(root_ / "a", 3, 4).value(), "3456");
  EXPECT_EQ(files_->read_from(root_ / "a", 8, 100).value(), "89");
  EXPECT_EQ(files_->read_from(root_ / "a", 10, 100).value(), "");
  EXPECT_EQ(files_->read_from(root_ / "a", 0, 0).value(), "");
  EXPECT_EQ(files_->read_from(root_ / "a", std::numeric_limits<std::uint64_t>::max(), 1).value(), "");
}

TEST_F(PosixFileSystem, CallsAbsentFilesNotFoundInEveryQuestion) {
  const auto path = root_ / "absent";
  EXPECT_EQ(files_->info(path).error().code, Code::not_found);
  EXPECT_EQ(files_->read(path, 1).error().code, Code::not_found);
  EXPECT_EQ(files_->read_from(path, 0, 1).error().code, Code::not_found);
  EXPECT_EQ(files_->list(path).error().code, Code::not_found);
  EXPECT_EQ(files_->read_link(path).error().code, Code::not_found);
  EXPECT_EQ(files_->real_path(path).error().code, Code::not_found);
  EXPECT_EQ(files_->sha256(path).error().code, Code::not_found);
  EXPECT_EQ(files_->free_space(path).error().code, Code::not_found);
  EXPECT_EQ(files_->sync_directory(path).error().code, Code::not_found);
  EXPECT_EQ(files_->set_mode(path, 0600).error().code, Code::not_found);
  ASSERT_TRUE(files_->write(root_ / "file", "", 0600));
  EXPECT_EQ(files_->info(root_ / "file/below").error().code, Code::not_found);
}

TEST_F(PosixFileSystem, DoesNotFollowALinkWhenReading) {
  ASSERT_TRUE(files_->write(root_ / "a", "12345", 0600));
  ASSERT_TRUE(files_->symlink("a", root_ / "link"));
  EXPECT_FALSE(files_->read(root_ / "link", 100));
  EXPECT_FALSE(files_->read_from(root_ / "link", 0, 100));
  EXPECT_FALSE(files_->sha256(root_ / "link"));
  EXPECT_EQ(files_->info(root_ / "link")->type, FileType::symlink);
}

TEST_F(PosixFileSystem, ResolvesLinksOnlyWhereAsked) {
  ASSERT_TRUE(files_->make_directory(root_ / "d", 0700));
  ASSERT_TRUE(files_->write(root_ / "d/a", "", 0600));
  ASSERT_TRUE(files_->symlink("d", root_ / "current"));
  EXPECT_EQ(files_->read_link(root_ / "current").value(), "d");
  EXPECT_EQ(files_->real_path(root_ / "current/a").value(), root_ / "d/a");
  ASSERT_TRUE(files_->symlink("nowhere", root_ / "dangling"));
  EXPECT_EQ(files_->real_path(root_ / "dangling").error().code, Code::not_found);
  EXPECT_EQ(files_->read_link(root_ / "d").error().code, Code::invalid);
}

TEST_F(PosixFileSystem, ListsNamesInOrder) {
  EXPECT_THAT(files_->list(root_.path()).value(), IsEmpty());
  for (const std::string name : {"b", "a", ".hidden", "B"})
    ASSERT_TRUE(files_->write(root_ / name, "", 0600));
  EXPECT_THAT(files_->list(root_.path()).value(), ElementsAre(".hidden", "B", "a", "b"));
}

TEST_F(PosixFileSystem, HashesAsThePublishedExamplesSay) {
  // FIPS 180-2, appendix B, and a million times "a".
  ASSERT_TRUE(files_->write(root_ / "abc", "abc", 0600));
  EXPECT_EQ(files_->sha256(root_ / "abc").value(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_TRUE(files_->write(root_ / "empty", "", 0600));
  EXPECT_EQ(files_->sha256(root_ / "empty").value(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  ASSERT_TRUE(files_->write(root_ / "million", std::string(1'000'000, 'a'), 0600));
  EXPECT_EQ(files_->sha256(root_ / "million").value(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_F(PosixFileSystem, KnowsWhatIsThere) {
  ASSERT_TRUE(files_->write(root_ / "a", "12345", 0640));
  const auto info = files_->info(root_ / "a").value();
  EXPECT_EQ(info.type, FileType::file);
  EXPECT_EQ(info.size, 5u);
  EXPECT_EQ(info.uid, ::geteuid());
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_NEAR(static_cast<double>(info.modified_us),
              static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(now).count()), 600e6);
  EXPECT_GT(files_->free_space(root_.path()).value(), 0u);
}

// --- directories, links, modes ---

TEST_F(PosixFileSystem, MakesADirectoryWithExactlyTheModeAndLeavesOneThatIsThereAlone) {
  const auto before = ::umask(077);
  EXPECT_TRUE(files_->make_directory(root_ / "d", 0755));
  ::umask(before);
  EXPECT_EQ(files_->info(root_ / "d")->mode, 0755u);
  EXPECT_TRUE(files_->make_directory(root_ / "d", 0700));
  EXPECT_EQ(files_->info(root_ / "d")->mode, 0755u);
}

TEST_F(PosixFileSystem, TakesNeitherFilesNorLinksForADirectory) {
  ASSERT_TRUE(files_->write(root_ / "a", "", 0600));
  ASSERT_TRUE(files_->symlink("/", root_ / "link"));
  EXPECT_EQ(files_->make_directory(root_ / "a", 0700).error().code, Code::failed);
  EXPECT_EQ(files_->make_directory(root_ / "link", 0700).error().code, Code::failed);
  EXPECT_EQ(files_->make_directory(root_ / "x/y", 0700).error().code, Code::not_found);
}

TEST_F(PosixFileSystem, ChangesTheModeOfAFileButNotThroughALink) {
  ASSERT_TRUE(files_->write(root_ / "a", "", 0600));
  ASSERT_TRUE(files_->symlink("a", root_ / "link"));
  ASSERT_TRUE(files_->set_mode(root_ / "a", 0640));
  EXPECT_FALSE(files_->set_mode(root_ / "link", 0777));
  EXPECT_EQ(files_->info(root_ / "a")->mode, 0640u);
}

TEST_F(PosixFileSystem, MakesLinksButNotOverAnything) {
  ASSERT_TRUE(files_->symlink("anything", root_ / "link"));
  EXPECT_EQ(files_->symlink("other", root_ / "link").error().code, Code::failed);
  EXPECT_EQ(files_->read_link(root_ / "link").value(), "anything");
}

TEST_F(PosixFileSystem, RemovesAFileOrALinkAndIsContentWithNothing) {
  ASSERT_TRUE(files_->write(root_ / "a", "", 0600));
  ASSERT_TRUE(files_->symlink("a", root_ / "link"));
  EXPECT_TRUE(files_->remove_file(root_ / "link"));
  EXPECT_THAT(files_->list(root_.path()).value(), ElementsAre("a"));
  EXPECT_TRUE(files_->remove_file(root_ / "a"));
  EXPECT_TRUE(files_->remove_file(root_ / "a"));
  EXPECT_TRUE(files_->remove_file(root_ / "absent/a"));
  EXPECT_FALSE(files_->remove_file(root_.path())) << "a directory is no file";
}

TEST_F(PosixFileSystem, SyncsADirectoryThroughALink) {
  ASSERT_TRUE(files_->symlink(".", root_ / "here"));
  EXPECT_TRUE(files_->sync_directory(root_.path()));
  EXPECT_TRUE(files_->sync_directory(root_ / "here"));
}

// --- locks ---

TEST_F(PosixFileSystem, LocksExcludeEachOtherUntilTheyAreDropped) {
  auto first = files_->lock(root_ / "lock", LockMode::exclusive, 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(files_->info(root_ / "lock")->mode, 0600u);
  const auto second = files_->lock(root_ / "lock", LockMode::exclusive, 0);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::busy);
  EXPECT_EQ(files_->lock(root_ / "lock", LockMode::shared, 5).error().code, Code::busy);
  first.value().reset();
  EXPECT_TRUE(files_->lock(root_ / "lock", LockMode::exclusive, 0));
}

TEST_F(PosixFileSystem, SharedLocksShareAndKeepExclusiveOnesOut) {
  const auto first = files_->lock(root_ / "lock", LockMode::shared, 0);
  const auto second = files_->lock(root_ / "lock", LockMode::shared, 0);
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(files_->lock(root_ / "lock", LockMode::exclusive, 0).error().code, Code::busy);
}

TEST_F(PosixFileSystem, WaitsForALockThatIsDropped) {
  auto held = files_->lock(root_ / "lock", LockMode::exclusive, 0).value();
  std::thread releasing([&held] { held.reset(); });
  EXPECT_TRUE(make_posix_filesystem()->lock(root_ / "lock", LockMode::exclusive, 30'000));
  releasing.join();
}

TEST_F(PosixFileSystem, ALockDiesWithItsProcess) {
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const auto pid = ::fork();
  if (pid == 0) {
    const auto lock = files_->lock(root_ / "lock", LockMode::exclusive, 0);
    static_cast<void>(!::write(ready[1], lock ? "y" : "n", 1));
    while (true) ::pause();
  }
  char locked = 'n';
  ASSERT_EQ(::read(ready[0], &locked, 1), 1);
  ASSERT_EQ(locked, 'y');
  EXPECT_EQ(files_->lock(root_ / "lock", LockMode::exclusive, 0).error().code, Code::busy);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  EXPECT_TRUE(files_->lock(root_ / "lock", LockMode::exclusive, 0));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(PosixFileSystem, LocksTheFileThatHasTheNameNow) {
  auto old = files_->lock(root_ / "lock", LockMode::exclusive, 0).value();
  // A waiter that opened the first file must not be content with it once another has taken its name.
  std::thread replacing([&] {
    EXPECT_TRUE(files_->write(root_ / "other", "", 0600));
    EXPECT_TRUE(files_->rename(root_ / "other", root_ / "lock"));
    old.reset();
  });
  const auto lock = make_posix_filesystem()->lock(root_ / "lock", LockMode::exclusive, 30'000);
  replacing.join();
  ASSERT_TRUE(lock);
  EXPECT_EQ(files_->lock(root_ / "lock", LockMode::exclusive, 0).error().code, Code::busy);
}

TEST_F(PosixFileSystem, LocksDoNotFollowLinks) {
  ASSERT_TRUE(files_->symlink("elsewhere", root_ / "lock"));
  EXPECT_FALSE(files_->lock(root_ / "lock", LockMode::exclusive, 0));
  EXPECT_EQ(files_->info(root_ / "elsewhere").error().code, Code::not_found);
}

TEST_F(PosixFileSystem, SharesLocksOnFilesThatItMayOnlyRead) {
  ASSERT_TRUE(files_->write(root_ / "lock", "", 0444));
  WX_EXPECT_CHILD([this] {
    if (::chmod(root_.path().c_str(), 0755) != 0 || !testkit::become_ordinary()) return false;
    EXPECT_TRUE(files_->lock(root_ / "lock", LockMode::shared, 0));
    EXPECT_EQ(files_->lock(root_ / "lock", LockMode::exclusive, 0).error().code, Code::permission);
    return true;
  });
}

TEST_F(PosixFileSystem, LeaksNoDescriptorsIntoPrograms) {
  const auto lock = files_->lock(root_ / "lock", LockMode::exclusive, 0);
  ASSERT_TRUE(lock);
  int checked = 0;
  for (int fd = 3; fd < 256; ++fd) {
    std::array<char, 4096> target{};
    if (::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target.data(), target.size() - 1) < 0)
      continue;
    if (!std::string_view(target.data()).starts_with(root_.path())) continue;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << target.data();
    ++checked;
  }
  EXPECT_EQ(checked, 1);
}

}  // namespace
}  // namespace wx
