#include "tests/testkit/filesystem_contract.hpp"

#include "common/adapters/posix_filesystem.hpp"
#include "tests/testkit/fake_clock.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/testkit/temp_directory.hpp"

namespace wx::testkit {
namespace {

class PosixWorld final : public FileWorld {
 public:
  FileSystem& files() override { return *files_; }
  std::string directory() override { return directory_.path(); }

 private:
  TempDirectory directory_;
  std::unique_ptr<FileSystem> files_ = make_posix_filesystem();
};

class MemoryWorld final : public FileWorld {
 public:
  MemoryWorld() {
    files_.put(directory() + "/x", ""), static_cast<void>(files_.remove_file(directory() + "/x"));
  }
  FileSystem& files() override { return files_; }
  std::string directory() override { return "/tmp/world"; }

 private:
  FakeClock clock_;
  MemoryFileSystem files_{&clock_};
};

template <class World>
std::unique_ptr<FileWorld> make_world() {
  return std::make_unique<World>();
}

INSTANTIATE_TEST_SUITE_P(Posix, FileSystemContract, testing::Values(&make_world<PosixWorld>));
INSTANTIATE_TEST_SUITE_P(Memory, FileSystemContract, testing::Values(&make_world<MemoryWorld>));

}  // namespace
}  // namespace wx::testkit
