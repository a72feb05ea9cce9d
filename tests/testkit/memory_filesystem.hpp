// A FileSystem in memory that knows what is on disk from what is only in the cache. After crash() a file has
// the content that was last synced, and a directory the names that it had at its last sync_directory(): what
// was created, renamed or removed since is undone. Modes are recorded and, but for may_write(), not enforced;
// they are durable at once. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"

namespace wx::testkit {

class MemoryFileSystem final : public FileSystem {
 public:
  struct Node;
  // A state to come back to; cheap to keep, of no use to another object but restore().
  class Snapshot {
    friend class MemoryFileSystem;
    std::shared_ptr<Node> root_;
  };

  // With a clock, files carry its time and lock() waits by sleeping on it; without one lock() never waits.
  explicit MemoryFileSystem(Clock* clock = nullptr);

  // --- for tests ---
  // Power loss: what was not synced is gone, and so are all locks.
  void crash();
  [[nodiscard]] Snapshot snapshot() const;
  // Nobody holds a lock afterwards.
  void restore(const Snapshot& snapshot);
  // A write or append of more bytes than this is no_space.
  void set_free_space(std::uint64_t bytes) { free_space_ = bytes; }
  // Fails like chown when nothing is there.
  Status set_owner(const std::string& path, std::uint32_t uid, std::uint32_t gid);
  // Make the directories of `path` and the file, all synced: the world before the test begins.
  void put(const std::string& path, std::string_view content, std::uint32_t mode = 0644);
  // Sync everything.
  void sync_all();
  // Every path with its type, mode and content or target: two worlds are alike if these are equal.
  [[nodiscard]] std::map<std::string, std::string> dump() const;

  // --- the port ---
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
  using NodePtr = std::shared_ptr<Node>;
  // Where a path leads: `node` is null when the last component does not exist, `directory` holds (or would
  // hold) it.
  struct Place {
    NodePtr directory;
    std::string name;
    NodePtr node;
    std::string canonical;
  };
  enum class LastLink { keep, follow };

  [[nodiscard]] Result<Place> find(const std::string& path, LastLink last, const std::string& verb) const;
  // As find(), but something must be there.
  [[nodiscard]] Result<Place> existing(const std::string& path, LastLink last, const std::string& verb) const;
  [[nodiscard]] Result<NodePtr> regular(const std::string& path, const std::string& verb) const;
  // The regular file at `path`, made (0600, unsynced) when absent.
  Result<NodePtr> opened(const std::string& path, const std::string& verb);
  NodePtr make_node(FileType type, std::uint32_t mode);
  [[nodiscard]] std::int64_t time_us() const;

  Clock* clock_;
  std::uint64_t free_space_ = 1ull << 40;
  NodePtr root_;
};

}  // namespace wx::testkit
