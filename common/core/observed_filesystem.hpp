// A FileSystem whose effects are observed: reading is forwarded, each changing call (lock among them) is one
// Effect of kind "file.<call>". As thread-safe as what it wraps and its observer.
#pragma once

#include "common/core/effect.hpp"
#include "common/ports/filesystem.hpp"

namespace wx {

class ObservedFileSystem final : public FileSystem {
 public:
  // Both must outlive this object.
  ObservedFileSystem(FileSystem& files, EffectObserver& observer) : files_(files), observer_(observer) {}

  Result<FileInfo> info(const std::string& path) override;
  Result<std::string> read(const std::string& path, std::uint64_t limit) override;
  Result<std::string> read_from(const std::string& path, std::uint64_t offset, std::uint64_t limit) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<std::string> read_link(const std::string& path) override;
  Result<std::string> real_path(const std::string& path) override;
  Result<std::string> sha256(const std::string& path) override;
  Status may_write(const std::string& directory) override;
  Result<std::uint64_t> free_space(const std::string& path) override;

  Status write(const std::string& path, std::string_view content, std::uint32_t mode) override;
  Status copy_file(const std::string& from, const std::string& to, std::uint32_t mode) override;
  Status append(const std::string& path, std::string_view content, bool durable) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status symlink(const std::string& target, const std::string& path) override;
  Status make_directory(const std::string& path, std::uint32_t mode) override;
  Status sync_directory(const std::string& path) override;
  Status remove_file(const std::string& path) override;
  Status remove_tree(const std::string& path) override;
  Status set_mode(const std::string& path, std::uint32_t mode) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode,
                                         std::int64_t wait_ms) override;

 private:
  FileSystem& files_;
  EffectObserver& observer_;
};

}  // namespace wx
