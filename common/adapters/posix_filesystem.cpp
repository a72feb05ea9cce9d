#include "common/adapters/posix_filesystem.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <limits>
#include <optional>
#include <thread>

#include "common/adapters/posix_fd.hpp"
#include "common/adapters/posix_tree.hpp"
#include "common/core/text.hpp"

namespace wx {
namespace {

constexpr std::size_t chunk_bytes = 64UL * 1024;
constexpr std::size_t copy_bytes = 1 << 30;
constexpr std::size_t most_names = 1'000'000;
constexpr mode_t all_mode_bits = 07777;
constexpr mode_t private_file = 0600;
// Links are never followed, a terminal never taken over, and a pipe in the place of a file never waited for.
constexpr int careful = O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

Fd open_fd(const std::string& path, int flags, mode_t mode = 0) {
  return Fd(retry_interrupted([&] { return ::open(path.c_str(), flags | careful, mode); }));
}

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::file;
  if (S_ISDIR(mode)) return FileType::directory;
  return S_ISLNK(mode) ? FileType::symlink : FileType::other;
}

FileInfo to_info(const struct stat& status) {
  FileInfo info;
  info.type = type_of(status.st_mode);
  info.mode = status.st_mode & all_mode_bits;
  info.uid = status.st_uid;
  info.gid = status.st_gid;
  info.size = static_cast<std::uint64_t>(status.st_size);
  info.modified_us = std::int64_t{status.st_mtim.tv_sec} * 1'000'000 + status.st_mtim.tv_nsec / 1000;
  return info;
}

struct OpenFile {
  Fd fd;
  std::uint64_t size = 0;
};

// A regular file and nothing else.
Result<OpenFile> open_regular(const std::string& path, int flags, mode_t mode, std::string_view verb) {
  Fd fd = open_fd(path, flags, mode);
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return errno_error(errno, verb, path);
  if (!S_ISREG(status.st_mode)) {
    return Error{Code::invalid, "cannot " + std::string(verb) + " " + path + ": it is not a regular file",
                 "remove it, or name a regular file"};
  }
  return OpenFile{std::move(fd), static_cast<std::uint64_t>(status.st_size)};
}

// At most `limit` bytes from where the descriptor stands, or fewer at the end of the file; errno on failure.
int read_up_to(int fd, std::uint64_t limit, std::string& content) {
  while (content.size() < limit) {
    const auto before = content.size();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_bytes, limit - before));
    content.resize(before + wanted);
    const auto got = retry_interrupted([&] { return ::read(fd, content.data() + before, wanted); });
    content.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) return errno;
    if (got == 0) return 0;
  }
  return 0;
}

// The rest of `from` to `to`; 0, or errno.
int copy_content(int from, int to) {
  // In the kernel where the file systems can. What it leaves (all of it where they cannot, or where sizes are
  // unknown, as in /proc) is copied by hand.
  while (retry_interrupted([&] { return ::copy_file_range(from, nullptr, to, nullptr, copy_bytes, 0); }) >
         0) {
  }
  std::string chunk;
  do {
    chunk.clear();
    if (const int number = read_up_to(from, chunk_bytes, chunk); number != 0) return number;
    if (const int number = write_fully(to, chunk); number != 0) return number;
  } while (!chunk.empty());
  return 0;
}

int sync_fd(const Fd& fd) {
  return retry_interrupted([&] { return ::fsync(fd.get()); }) == 0 ? 0 : errno;
}

// Follows a link: syncing harms nothing, and data directories are often links to a larger disk.
int sync_directory_at(const std::string& path) {
  const Fd fd(
      retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY); }));
  return fd ? sync_fd(fd) : errno;
}

class Sha256 {
 public:
  Sha256() : context_(::EVP_MD_CTX_new(), &::EVP_MD_CTX_free) {
    good_ = context_ && ::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr) == 1;
  }
  void add(std::string_view data) {
    good_ = good_ && ::EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1;
  }
  // Lower-case hex; nothing when the library refused.
  std::optional<std::string> finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (!good_ || ::EVP_DigestFinal_ex(context_.get(), digest.data(), &length) != 1) return std::nullopt;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < length; ++i) {
      hex += digits[digest[i] >> 4];
      hex += digits[digest[i] & 0xF];
    }
    return hex;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
  bool good_ = false;
};

// Closing the descriptor unlocks.
class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Fd fd) : fd_(std::move(fd)) {}

 private:
  Fd fd_;
};

Fd open_lock(const std::string& path, LockMode mode) {
  Fd fd = open_fd(path, O_RDWR | O_CREAT, private_file);
  if (!fd && mode == LockMode::shared && (errno == EACCES || errno == EROFS)) fd = open_fd(path, O_RDONLY);
  return fd;
}

// False when somebody renamed another file over `path` since it was opened: then the lock excludes nobody.
bool still_there(const Fd& fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd.get(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<FileInfo> info(const std::string& path) override {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return errno_error(errno, "look at", path);
    return to_info(status);
  }

  Result<std::string> read(const std::string& path, std::uint64_t limit) override {
    WX_LET(const auto file, open_regular(path, O_RDONLY, 0, "read"));
    const Error too_large{Code::invalid,
                          "cannot read " + path + ": it is larger than " + plural(limit, "byte")};
    if (file.size > limit) return too_large;
    std::string content;
    content.reserve(static_cast<std::size_t>(file.size));
    const auto one_more = limit == std::numeric_limits<std::uint64_t>::max() ? limit : limit + 1;
    if (const int number = read_up_to(file.fd.get(), one_more, content); number != 0) {
      return errno_error(number, "read", path);
    }
    if (content.size() > limit) return too_large;  // it grew, or its size is unknown, as in /proc
    return content;
  }

  Result<std::string> read_from(const std::string& path, std::uint64_t offset, std::uint64_t limit) override {
    WX_LET(const auto file, open_regular(path, O_RDONLY, 0, "read"));
    if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) return std::string{};
    std::string content;
    int number = ::lseek(file.fd.get(), static_cast<off_t>(offset), SEEK_SET) < 0 ? errno : 0;
    if (number == 0) number = read_up_to(file.fd.get(), limit, content);
    if (number != 0) return errno_error(number, "read", path);
    return content;
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    Fd fd = open_fd(path, O_RDONLY | O_DIRECTORY);
    if (!fd) return errno_error(errno, "list", path);
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd.get()), &::closedir);
    if (!directory) return errno_error(errno, "list", path);
    static_cast<void>(fd.release());
    std::vector<std::string> names;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(directory.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (names.size() == most_names) {
        return Error{Code::invalid,
                     "cannot list " + path + ": it has more than " + plural(most_names, "name"),
                     "remove what does not belong there"};
      }
      names.emplace_back(name);
    }
    if (errno != 0) return errno_error(errno, "list", path);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::string> read_link(const std::string& path) override {
    std::array<char, PATH_MAX> target{};
    const auto length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0 && errno == EINVAL) {
      return Error{Code::invalid, "cannot read link " + path + ": it is not a symbolic link"};
    }
    if (length < 0) return errno_error(errno, "read link", path);
    return std::string(target.data(), static_cast<std::size_t>(length));
  }

  Result<std::string> real_path(const std::string& path) override {
    const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr), &std::free);
    if (!resolved) return errno_error(errno, "resolve", path);
    return std::string(resolved.get());
  }

  Result<std::string> sha256(const std::string& path) override {
    WX_LET(const auto file, open_regular(path, O_RDONLY, 0, "read"));
    Sha256 digest;
    std::string chunk;
    do {
      chunk.clear();
      if (const int number = read_up_to(file.fd.get(), chunk_bytes, chunk); number != 0) {
        return errno_error(number, "read", path);
      }
      digest.add(chunk);
    } while (!chunk.empty());
    const auto hex = digest.finish();
    if (!hex) return Error{Code::unavailable, "cannot hash " + path + ": libcrypto offers no SHA-256"};
    return *hex;
  }

  Status may_write(const std::string& directory) override {
    if (::access(directory.c_str(), W_OK | X_OK) == 0) return {};
    return errno_error(errno, "write in", directory);
  }

  Result<std::uint64_t> free_space(const std::string& path) override {
    struct statvfs status {};
    if (retry_interrupted([&] { return ::statvfs(path.c_str(), &status); }) != 0) {
      return errno_error(errno, "measure free space at", path);
    }
    return std::uint64_t{status.f_bavail} * status.f_frsize;
  }

  Status write(const std::string& path, std::string_view content, std::uint32_t mode) override {
    WX_LET(const auto file, open_regular(path, O_WRONLY | O_CREAT | O_TRUNC, private_file, "write"));
    return fill(file.fd, path, mode, [content](int fd) { return write_fully(fd, content); });
  }

  Status copy_file(const std::string& from, const std::string& to, std::uint32_t mode) override {
    WX_LET(const auto source, open_regular(from, O_RDONLY, 0, "read"));
    WX_LET(const auto copy, open_regular(to, O_WRONLY | O_CREAT | O_EXCL, private_file, "write"));
    auto filled = fill(copy.fd, to, mode, [&source](int fd) { return copy_content(source.fd.get(), fd); });
    if (!filled) ::unlink(to.c_str());
    return filled;
  }

  Status append(const std::string& path, std::string_view content, bool durable) override {
    constexpr std::string_view verb = "append to";
    auto file = open_regular(path, O_WRONLY | O_APPEND, 0, verb);
    const bool absent = !file && file.error().code == Code::not_found;
    if (absent) file = open_regular(path, O_WRONLY | O_APPEND | O_CREAT, private_file, verb);
    if (!file) return std::move(file).error();
    // One write, so that lines of several writers never mix; only a full disk leaves a rest.
    int number = write_fully(file->fd.get(), content);
    if (number == 0 && durable) number = sync_fd(file->fd);
    if (number == 0 && durable && absent) number = sync_directory_at(parent_path(path));
    return number == 0 ? Status{} : errno_error(number, verb, path);
  }

  Status rename(const std::string& from, const std::string& to) override {
    return done(::rename(from.c_str(), to.c_str()), "rename", from + " to " + to);
  }

  Status symlink(const std::string& target, const std::string& path) override {
    return done(::symlink(target.c_str(), path.c_str()), "make link", path);
  }

  Status make_directory(const std::string& path, std::uint32_t mode) override {
    constexpr std::string_view verb = "make directory";
    if (::mkdir(path.c_str(), mode & all_mode_bits) != 0) {
      const int number = errno;
      struct stat status {};
      const bool there = number == EEXIST && ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
      return there ? Status{} : errno_error(number, verb, path);
    }
    // The umask may have taken bits away.
    return done(::fchmodat(AT_FDCWD, path.c_str(), mode & all_mode_bits, AT_SYMLINK_NOFOLLOW), verb, path);
  }

  Status sync_directory(const std::string& path) override {
    const int number = sync_directory_at(path);
    return number == 0 ? Status{} : errno_error(number, "sync directory", path);
  }

  Status remove_file(const std::string& path) override {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
    return errno_error(errno, "remove", path);
  }

  Status remove_tree(const std::string& path) override { return remove_posix_tree(path); }

  Status set_mode(const std::string& path, std::uint32_t mode) override {
    return done(::fchmodat(AT_FDCWD, path.c_str(), mode & all_mode_bits, AT_SYMLINK_NOFOLLOW),
                "set the mode of", path);
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode,
                                         std::int64_t wait_ms) override {
    // flock has no time-out of its own, and alarms are not for libraries.
    constexpr std::chrono::milliseconds pause{3};
    using Time = std::chrono::steady_clock;
    const auto begin = Time::now();
    const int operation = (mode == LockMode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    while (true) {
      Fd fd = open_lock(path, mode);
      if (!fd) return errno_error(errno, "lock", path);
      while (::flock(fd.get(), operation) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return errno_error(errno, "lock", path);
        if (std::chrono::floor<std::chrono::milliseconds>(Time::now() - begin).count() >= wait_ms) {
          return Error{Code::busy, "cannot lock " + path + ": somebody else holds it",
                       "wait for it, then try again"};
        }
        std::this_thread::sleep_for(pause);
      }
      if (still_there(fd, path)) return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(fd)));
    }
  }

 private:
  static Status done(int result, std::string_view verb, const std::string& what) {
    return result == 0 ? Status{} : errno_error(errno, verb, what);
  }

  // The mode before the content: a secret is never readable by others, not even for a moment.
  template <class Content>
  static Status fill(const Fd& fd, const std::string& path, std::uint32_t mode, Content content) {
    if (::fchmod(fd.get(), mode & all_mode_bits) != 0) return errno_error(errno, "set the mode of", path);
    int number = content(fd.get());
    if (number == 0) number = sync_fd(fd);
    return number == 0 ? Status{} : errno_error(number, "write", path);
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_filesystem() {
  return std::make_unique<PosixFileSystem>();
}

}  // namespace wx
