// All contact with files. Paths are absolute. No call follows a symbolic link in the last component unless it says so.
// Every mutating call is one effect; nothing here is a composite (see common/core/files.hpp for those).
// "Durable" means: survives power loss once the call has returned. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"

namespace wx {

enum class FileType { file, directory, symlink, other };

struct FileInfo {
  FileType type = FileType::other;
  std::uint32_t mode = 0;  // permission bits with setuid/setgid/sticky, 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::int64_t modified_us = 0;  // microseconds since 1970 UTC
};

// An advisory whole-file lock (flock); released when destroyed or when its process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class LockMode { shared, exclusive };

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // --- reading ---
  // lstat; not_found when nothing is there.
  virtual Result<FileInfo> info(const std::string& path) = 0;
  // Whole content; more than `limit` bytes is `invalid`. not_found when absent.
  virtual Result<std::string> read(const std::string& path, std::uint64_t limit) = 0;
  // Content from `offset` on, at most `limit` bytes; empty at the end.
  virtual Result<std::string> read_from(const std::string& path, std::uint64_t offset, std::uint64_t limit) = 0;
  // Names in a directory, sorted, without . and ..; not_found when absent.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Result<std::string> read_link(const std::string& path) = 0;
  // The path with all links resolved; not_found when it dangles.
  virtual Result<std::string> real_path(const std::string& path) = 0;
  // Lower-case hex SHA-256 of a regular file's content.
  virtual Result<std::string> sha256(const std::string& path) = 0;
  // Ok when the caller may make entries in this directory; permission otherwise.
  virtual Status may_write(const std::string& directory) = 0;
  // Bytes an ordinary user may still write on the file system that holds `path`.
  virtual Result<std::uint64_t> free_space(const std::string& path) = 0;

  // --- effects ---
  // Create or replace `path` with exactly this content and mode, content synced to disk (the name is not: sync_directory).
  // Not atomic: write beside and rename. no_space when the disk is full.
  virtual Status write(const std::string& path, std::string_view content, std::uint32_t mode) = 0;
  // Copy a regular file's content, `to` with `mode`, synced. `to` must not exist.
  virtual Status copy_file(const std::string& from, const std::string& to, std::uint32_t mode) = 0;
  // Append in one write, creating the file 0600 when absent; with its name synced when `durable`. no_space may leave a torn end.
  virtual Status append(const std::string& path, std::string_view content, bool durable) = 0;
  // rename(2): atomic replacement.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status symlink(const std::string& target, const std::string& path) = 0;
  // Create one directory; fine when a directory is there already (its mode is left alone).
  virtual Status make_directory(const std::string& path, std::uint32_t mode) = 0;
  virtual Status sync_directory(const std::string& path) = 0;  // follows a link
  // unlink; fine when absent.
  virtual Status remove_file(const std::string& path) = 0;
  // Remove a tree without following links; fine when absent.
  virtual Status remove_tree(const std::string& path) = 0;
  virtual Status set_mode(const std::string& path, std::uint32_t mode) = 0;

  // flock on `path` (created 0600 when absent). Waits at most `wait_ms`; `busy` when somebody else keeps it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode, std::int64_t wait_ms) = 0;
};

}  // namespace wx
