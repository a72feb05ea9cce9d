#include "common/core/files.hpp"

#include <algorithm>
#include <utility>

#include "common/core/text.hpp"

namespace wx {
namespace {

constexpr std::uint32_t permission_bits = 0777;
constexpr std::uint32_t owner_all = 0700;

// Where the new content waits for its rename. The name is fixed, so that what a crash leaves behind is
// replaced by the next attempt; writers of one file exclude each other by a lock.
std::string beside(const std::string& path) {
  return path + ".new";
}

// Put `path.new` in the place of `path`, or leave nothing behind.
Status commit(FileSystem& files, const std::string& path, Status prepared) {
  if (prepared) prepared = files.rename(beside(path), path);
  if (!prepared) {
    static_cast<void>(files.remove_file(beside(path)));  // the first error is the one to tell
    return prepared;
  }
  return files.sync_directory(parent_path(path));
}

Result<FileInfo> resolved_info(FileSystem& files, const std::string& path) {
  WX_LET(const auto info, files.info(path));
  if (info.type != FileType::symlink) return info;
  WX_LET(const auto target, files.real_path(path));
  return files.info(target);
}

Status copy_entry(FileSystem& files, const TreeEntry& entry, const std::string& from, const std::string& to) {
  switch (entry.info.type) {
    case FileType::directory:
      return files.make_directory(to, (entry.info.mode & permission_bits) | owner_all);
    case FileType::file:
      return files.copy_file(from, to, entry.info.mode & permission_bits);
    case FileType::symlink:
      return files.symlink(entry.link_target, to);
    case FileType::other:
      break;
  }
  return Error{Code::invalid,
               "cannot copy " + from + ": it is neither a file, a directory nor a symbolic link",
               "remove it"};
}

// The names in a directory that is complete are synced, then it gets its own mode (which may forbid writing).
Status finish_directory(FileSystem& files, const std::string& path, std::uint32_t mode) {
  WX_TRY(files.sync_directory(path));
  mode &= permission_bits;
  return (mode & owner_all) == owner_all ? Status{} : files.set_mode(path, mode);
}

Status copy_entries(FileSystem& files, const std::string& from, const std::string& to,
                    std::uint32_t root_mode, const std::vector<TreeEntry>& entries) {
  WX_TRY(files.make_directory(to, (root_mode & permission_bits) | owner_all));
  for (const auto& entry : entries) {
    WX_TRY(copy_entry(files, entry, from + "/" + entry.path, to + "/" + entry.path));
  }
  // Deepest first: a parent may become unreadable to us.
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->info.type != FileType::directory) continue;
    WX_TRY(finish_directory(files, to + "/" + entry->path, entry->info.mode));
  }
  WX_TRY(finish_directory(files, to, root_mode));
  return files.sync_directory(parent_path(to));
}

}  // namespace

Status replace_file(FileSystem& files, const std::string& path, std::string_view content,
                    std::uint32_t mode) {
  // What a crash left may be unwritable or a link: it is never opened.
  auto prepared = files.remove_file(beside(path));
  if (prepared) prepared = files.write(beside(path), content, mode);
  return commit(files, path, std::move(prepared));
}

Status replace_link(FileSystem& files, const std::string& path, const std::string& target) {
  auto prepared = files.remove_file(beside(path));
  if (prepared) prepared = files.symlink(target, beside(path));
  return commit(files, path, std::move(prepared));
}
Status sync_name(FileSystem& files, const std::string& path) {
  const std::string directory = parent_path(path);
  return exists(files, directory) ? files.sync_directory(directory) : Status{};
}

Status make_directories(FileSystem& files, const std::string& path, std::uint32_t mode) {
  const auto parent = parent_path(path);
  if (path.empty() || parent == path || path == ".") return {};
  const auto info = resolved_info(files, path);
  if (info && info->type == FileType::directory) return {};
  if (info) {
    return Error{Code::failed, "cannot make directory " + path + ": something else is there",
                 "move it away or choose another place"};
  }
  if (info.error().code != Code::not_found) return info.error();
  WX_TRY(make_directories(files, parent, mode));
  WX_TRY(files.make_directory(path, mode));
  return files.sync_directory(parent);
}

bool exists(FileSystem& files, const std::string& path) {
  return files.info(path).has_value();
}

std::string nearest_directory(FileSystem& files, std::string path) {
  while (path != "/" && !exists(files, path)) path = parent_path(path);
  return path;
}

Result<std::optional<std::string>> read_if_present(FileSystem& files, const std::string& path,
                                                   std::uint64_t limit) {
  auto content = files.read(path, limit);
  if (content) return std::optional<std::string>(std::move(content).value());
  if (content.error().code == Code::not_found) return std::optional<std::string>();
  return std::move(content).error();
}

Result<std::vector<TreeEntry>> walk(FileSystem& files, const std::string& root, std::size_t max_entries) {
  std::vector<TreeEntry> entries;
  std::vector<std::string> waiting{""};  // directories still to be read, relative, with a trailing slash
  while (!waiting.empty()) {
    const auto directory = std::move(waiting.back());
    waiting.pop_back();
    WX_LET(const auto names,
           files.list(directory.empty() ? root : root + "/" + directory.substr(0, directory.size() - 1)));
    for (const auto& name : names) {
      if (entries.size() == max_entries) {
        return Error{Code::invalid,
                     "cannot walk " + root + ": it has more than " + plural(max_entries, "entry"),
                     "remove what does not belong there"};
      }
      TreeEntry entry;
      entry.path = directory + name;
      const auto full = root + "/" + entry.path;
      WX_LET(entry.info, files.info(full));
      if (entry.info.type == FileType::symlink) {
        WX_LET(entry.link_target, files.read_link(full));
      }
      if (entry.info.type == FileType::directory) waiting.push_back(entry.path + "/");
      entries.push_back(std::move(entry));
    }
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return entries;
}

Status copy_tree(FileSystem& files, const std::string& from, const std::string& to, std::size_t max_entries) {
  WX_LET(const auto root, files.info(from));
  if (root.type != FileType::directory)
    return Error{Code::invalid, "cannot copy " + from + ": it is not a directory"};
  if (exists(files, to)) {
    return Error{Code::failed, "cannot copy " + from + " to " + to + ": that is there already",
                 "move it away"};
  }
  WX_LET(const auto entries, walk(files, from, max_entries));
  auto copied = copy_entries(files, from, to, root.mode, entries);
  if (!copied) static_cast<void>(files.remove_tree(to));  // the first error is the one to tell
  return copied;
}

}  // namespace wx
