#include "tests/testkit/effects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/core/observed_filesystem.hpp"
#include "tests/testkit/memory_filesystem.hpp"

namespace wx::testkit {
namespace {

// Three effects.
Status replace(FileSystem& files) {
  WX_TRY(files.write("/d/new", "new", 0644));
  WX_TRY(files.rename("/d/new", "/d/file"));
  return files.sync_directory("/d");
}

class Effects : public testing::Test {
 protected:
  void SetUp() override { files.put("/d/file", "old"); }

  MemoryFileSystem files;
};

TEST_F(Effects, AreRecordedAndReadingIsNone) {
  EffectLog log;
  ObservedFileSystem observed_files(files, log);
  ASSERT_TRUE(observed_files.read("/d/file", 9));
  ASSERT_TRUE(replace(observed_files));
  EXPECT_THAT(log.effects(),
              testing::ElementsAre(Effect{"file.write", "/d/new"}, Effect{"file.rename", "/d/new -> /d/file"},
                                   Effect{"file.sync_directory", "/d"}));
}

TEST_F(Effects, AFileIsOldOrNewWhereverTheProcessDiesAndThePowerFails) {
  const auto start = files.snapshot();
  for (const Moment moment : {Moment::before, Moment::after}) {
    for (std::size_t number = 0; number < 3; ++number) {
      files.restore(start);
      DieAt death(number, moment);
      ObservedFileSystem observed_files(files, death);
      EXPECT_THROW(static_cast<void>(replace(observed_files)), Killed);
      EXPECT_TRUE(death.dead());
      EXPECT_THROW(static_cast<void>(observed_files.remove_file("/d/file")), Killed);
      const std::string seen = *files.read("/d/file", 9);
      files.crash();
      const std::string kept = *files.read("/d/file", 9);
      EXPECT_EQ(seen, number == 2 || (number == 1 && moment == Moment::after) ? "new" : "old");
      EXPECT_EQ(kept, number == 2 && moment == Moment::after ? "new" : "old");
    }
  }
}

TEST_F(Effects, AnEffectThatIsRefusedIsNotDone) {
  FailAt failure(1, Error{Code::no_space, "as told"});
  EffectLog log(&failure);
  ObservedFileSystem observed_files(files, log);
  EXPECT_EQ(replace(observed_files).error().code, Code::no_space);
  EXPECT_TRUE(failure.failed());
  EXPECT_EQ(*files.read("/d/file", 9), "old");
  EXPECT_TRUE(replace(observed_files));
}

}  // namespace
}  // namespace wx::testkit
