// A FileSystem that passes everything on to another one, counts the effects and lets one of them fail,
// undone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/ports/filesystem.hpp"

namespace wx::testkit {

class FailingFileSystem final : public FileSystem {
 public:
  explicit FailingFileSystem(FileSystem& below) : below_(below) {}

  // The effect number `number` (from 0) and no other fails, with no_space.
  void fail_at(std::size_t number) { failing_ = number; }
  // Names of the effects so far, the failed one too.
  [[nodiscard]] const std::vector<std::string>& effects() const { return effects_; }

  Result<FileInfo> info(const std::string& path) override { return below_.info(path); }
  Result<std::string> read(const std::string& path, std::uint64_t limit) override {
    return below_.read(path, limit);
  }
  Result<std::string> read_from(const std::string& path, std::uint64_t offset, std::uint64_t limit) override {
    return below_.read_from(path, offset, limit);
  }
  Result<std::vector<std::string>> list(const std::string& path) override { return below_.list(path); }
  Result<std::string> read_link(const std::string& path) override { return below_.read_link(path); }
  Result<std::string> real_path(const std::string& path) override { return below_.real_path(path); }
  Result<std::string> sha256(const std::string& path) override { return below_.sha256(path); }
  Status may_write(const std::string& directory) override { return below_.may_write(directory); }
  Result<std::uint64_t> free_space(const std::string& path) override { return below_.free_space(path); }

  Status write(const std::string& path, std::string_view content, std::uint32_t mode) override {
    return effect("write", [&] { return below_.write(path, content, mode); });
  }
  Status copy_file(const std::string& from, const std::string& to, std::uint32_t mode) override {
    return effect("copy_file", [&] { return below_.copy_file(from, to, mode); });
  }
  Status append(const std::string& path, std::string_view content, bool durable) override {
    return effect("append", [&] { return below_.append(path, content, durable); });
  }
  Status rename(const std::string& from, const std::string& to) override {
    return effect("rename", [&] { return below_.rename(from, to); });
  }
  Status symlink(const std::string& target, const std::string& path) override {
    return effect("symlink", [&] { return below_.symlink(target, path); });
  }
  Status make_directory(const std::string& path, std::uint32_t mode) override {
    return effect("make_directory", [&] { return below_.make_directory(path, mode); });
  }
  Status sync_directory(const std::string& path) override {
    return effect("sync_directory", [&] { return below_.sync_directory(path); });
  }
  Status remove_file(const std::string& path) override {
    return effect("remove_file", [&] { return below_.remove_file(path); });
  }
  Status remove_tree(const std::string& path) override {
    return effect("remove_tree", [&] { return below_.remove_tree(path); });
  }
  Status set_mode(const std::string& path, std::uint32_t mode) override {
    return effect("set_mode", [&] { return below_.set_mode(path, mode); });
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode,
                                         std::int64_t wait_ms) override {
    return below_.lock(path, mode, wait_ms);
  }

 private:
  template <class Call>
  Status effect(const char* name, Call call) {
    effects_.emplace_back(name);
    if (failing_ == effects_.size() - 1)
      return Error{Code::no_space, std::string("cannot ") + name + ": as told"};
    return call();
  }

  FileSystem& below_;
  std::optional<std::size_t> failing_;
  std::vector<std::string> effects_;
};

}  // namespace wx::testkit
