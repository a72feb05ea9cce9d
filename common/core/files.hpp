// What can be composed of the effects of FileSystem: every piece stays one effect of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/filesystem.hpp"

namespace wx {

// Replace `path` by a file with this content: write beside, sync, rename, sync the directory. A crash leaves the old or the new.
Status replace_file(FileSystem& files, const std::string& path, std::string_view content, std::uint32_t mode);
// Make `path` a symbolic link to `target`, atomically, whatever link was there.
Status replace_link(FileSystem& files, const std::string& path, const std::string& target);
// The name of `path` is on the disk, whoever put it there and may have died before it was; nothing where its directory is not.
Status sync_name(FileSystem& files, const std::string& path);
// mkdir -p; directories that are made get `mode`.
Status make_directories(FileSystem& files, const std::string& path, std::uint32_t mode);
bool exists(FileSystem& files, const std::string& path);
// The nearest directory at or above `path` that exists.
std::string nearest_directory(FileSystem& files, std::string path);
// The content, or nothing when the file is absent.
Result<std::optional<std::string>> read_if_present(FileSystem& files, const std::string& path, std::uint64_t limit);

struct TreeEntry {
  std::string path;  // relative to the root of the tree
  FileInfo info;
  std::string link_target;  // symlinks only
};

// All entries below `root`, sorted by path, directories before their content, links not followed. `invalid` above max_entries.
Result<std::vector<TreeEntry>> walk(FileSystem& files, const std::string& root, std::size_t max_entries);
// Copy a tree of files, directories and symbolic links with their permission bits (no setuid), synced. `to` must not exist.
Status copy_tree(FileSystem& files, const std::string& from, const std::string& to, std::size_t max_entries);

}  // namespace wx
