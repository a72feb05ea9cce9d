#include "common/core/observed_filesystem.hpp"

namespace wx {
namespace {

std::string from_to(const std::string& from, const std::string& to) {
  return from + " -> " + to;
}

}  // namespace

Result<FileInfo> ObservedFileSystem::info(const std::string& path) {
  return files_.info(path);
}

Result<std::string> ObservedFileSystem::read(const std::string& path, std::uint64_t limit) {
  return files_.read(path, limit);
}

Result<std::string> ObservedFileSystem::read_from(const std::string& path, std::uint64_t offset,
                                                  std::uint64_t limit) {
  return files_.read_from(path, offset, limit);
}

Result<std::vector<std::string>> ObservedFileSystem::list(const std::string& path) {
  return files_.list(path);
}

Result<std::string> ObservedFileSystem::read_link(const std::string& path) {
  return files_.read_link(path);
}

Result<std::string> ObservedFileSystem::real_path(const std::string& path) {
  return files_.real_path(path);
}

Result<std::string> ObservedFileSystem::sha256(const std::string& path) {
  return files_.sha256(path);
}

Status ObservedFileSystem::may_write(const std::string& directory) { return files_.may_write(directory); }

Result<std::uint64_t> ObservedFileSystem::free_space(const std::string& path) {
  return files_.free_space(path);
}

Status ObservedFileSystem::write(const std::string& path, std::string_view content, std::uint32_t mode) {
  return observed(observer_, {"file.write", path}, [&] { return files_.write(path, content, mode); });
}

Status ObservedFileSystem::copy_file(const std::string& from, const std::string& to, std::uint32_t mode) {
  return observed(observer_, {"file.copy", from_to(from, to)},
                  [&] { return files_.copy_file(from, to, mode); });
}

Status ObservedFileSystem::append(const std::string& path, std::string_view content, bool durable) {
  return observed(observer_, {"file.append", path}, [&] { return files_.append(path, content, durable); });
}

Status ObservedFileSystem::rename(const std::string& from, const std::string& to) {
  return observed(observer_, {"file.rename", from_to(from, to)}, [&] { return files_.rename(from, to); });
}

Status ObservedFileSystem::symlink(const std::string& target, const std::string& path) {
  return observed(observer_, {"file.symlink", path}, [&] { return files_.symlink(target, path); });
}

Status ObservedFileSystem::make_directory(const std::string& path, std::uint32_t mode) {
  return observed(observer_, {"file.make_directory", path},
                  [&] { return files_.make_directory(path, mode); });
}

Status ObservedFileSystem::sync_directory(const std::string& path) {
  return observed(observer_, {"file.sync_directory", path}, [&] { return files_.sync_directory(path); });
}

Status ObservedFileSystem::remove_file(const std::string& path) {
  return observed(observer_, {"file.remove", path}, [&] { return files_.remove_file(path); });
}

Status ObservedFileSystem::remove_tree(const std::string& path) {
  return observed(observer_, {"file.remove_tree", path}, [&] { return files_.remove_tree(path); });
}

Status ObservedFileSystem::set_mode(const std::string& path, std::uint32_t mode) {
  return observed(observer_, {"file.set_mode", path}, [&] { return files_.set_mode(path, mode); });
}

Result<std::unique_ptr<FileLock>> ObservedFileSystem::lock(const std::string& path, LockMode mode,
                                                           std::int64_t wait_ms) {
  return observed(observer_, {"file.lock", path}, [&] { return files_.lock(path, mode, wait_ms); });
}

}  // namespace wx
