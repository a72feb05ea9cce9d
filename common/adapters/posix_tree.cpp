#include "common/adapters/posix_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <vector>

#include "common/adapters/posix_fd.hpp"

namespace wx {
namespace {

constexpr std::string_view verb = "remove";
constexpr int open_directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Directory read_directory(const Fd& fd) {
  // A descriptor of its own: a duplicate would share the position in the directory.
  Fd own(retry_interrupted([&] { return ::openat(fd.get(), ".", open_directory); }));
  if (!own) return nullptr;
  Directory directory(::fdopendir(own.get()));
  if (directory) static_cast<void>(own.release());
  return directory;
}

// Walks down and up again with one open directory. What was left behind is found again through "..", and its
// identity is compared, so that a directory moved meanwhile cannot lead the removal elsewhere.
class TreeRemoval {
 public:
  explicit TreeRemoval(const std::string& path) : path_(path) {}

  Status run() {
    WX_LET(const bool is_directory, take_away(AT_FDCWD, path_));
    if (!is_directory) return {};
    WX_LET(const bool entered, enter(AT_FDCWD, path_));
    if (!entered) return {};
    while (true) {
      WX_LET(const auto child, empty_until_directory());
      if (child) {
        WX_TRY(descend(*child));
      } else if (levels_.empty()) {
        return remove_directory(AT_FDCWD, path_);
      } else {
        WX_TRY(ascend());
      }
    }
  }

 private:
  struct Level {
    std::string name;  // of the child that was entered
    dev_t device;
    ino_t inode;
  };

  [[nodiscard]] std::string where() const {
    auto where = path_;
    for (const auto& level : levels_) where += "/" + level.name;
    return where;
  }
  [[nodiscard]] Error failure(int number) const { return errno_error(number, verb, where()); }

  // Unlink `name`, which may be an empty directory or absent; true when it is a directory that is not empty.
  // The kernel refuses a mount point before it looks whether it is empty: what is mounted there is not ours
  // to remove.
  Result<bool> take_away(int parent, const std::string& name) {
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return false;
    const auto full = parent == AT_FDCWD ? path_ : where() + "/" + name;
    if (errno == EBUSY) {
      return Error{Code::failed, "cannot remove " + full + ": a file system is mounted there", "unmount it"};
    }
    if (errno != ENOTDIR) return true;
    if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT || errno == ENOTDIR) return false;
    return errno_error(errno, verb, full);
  }

  // Open the directory `name` and make it the current one; false when it is gone.
  Result<bool> enter(int parent, const std::string& name) {
    const auto full = parent == AT_FDCWD ? path_ : where() + "/" + name;
    const auto open_it = [&] {
      return Fd(retry_interrupted([&] { return ::openat(parent, name.c_str(), open_directory); }));
    };
    Fd opened = open_it();
    if (!opened && errno == EACCES && ::fchmodat(parent, name.c_str(), S_IRWXU, AT_SYMLINK_NOFOLLOW) == 0) {
      opened = open_it();
    }
    if (!opened && errno == ENOENT) return false;
    struct stat status {};
    if (!opened || ::fstat(opened.get(), &status) != 0) return errno_error(errno, verb, full);
    if ((status.st_mode & S_IRWXU) != S_IRWXU) {
      static_cast<void>(::fchmod(opened.get(), S_IRWXU));  // if it did not help, the next call says so
    }
    current_ = std::move(opened);
    device_ = status.st_dev;
    inode_ = status.st_ino;
    return true;
  }

  Status descend(const std::string& name) {
    const Level level{name, device_, inode_};
    WX_LET(const bool entered, enter(current_.get(), name));
    if (entered) levels_.push_back(level);
    return {};
  }

  Status ascend() {
    Fd parent(retry_interrupted([&] { return ::openat(current_.get(), "..", open_directory); }));
    struct stat status {};
    if (!parent || ::fstat(parent.get(), &status) != 0) return failure(errno);
    const auto level = levels_.back();
    if (status.st_dev != level.device || status.st_ino != level.inode) {
      return Error{Code::failed, "cannot remove " + where() + ": it was moved meanwhile", "try again"};
    }
    WX_TRY(remove_directory(parent.get(), level.name));
    current_ = std::move(parent);
    inode_ = level.inode;
    levels_.pop_back();
    return {};
  }

  // Unlink entries of the current directory up to the first directory that is not empty, which is returned.
  // What was before it is gone, so that the next call begins after it: linear, whatever the number of
  // entries.
  Result<std::optional<std::string>> empty_until_directory() {
    const auto directory = read_directory(current_);
    if (!directory) return failure(errno);
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(directory.get());
      if (entry == nullptr) {
        if (errno != 0) return failure(errno);
        return std::optional<std::string>{};
      }
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      WX_LET(const bool is_directory, take_away(current_.get(), name));
      if (is_directory) return std::optional(name);
    }
  }

  [[nodiscard]] Status remove_directory(int parent, const std::string& name) const {
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
    return failure(errno);
  }

  std::string path_;
  Fd current_;
  dev_t device_ = 0;  // of `current_`
  ino_t inode_ = 0;
  std::vector<Level> levels_;
};

}  // namespace

Status remove_posix_tree(const std::string& path) {
  return TreeRemoval(path).run();
}

}  // namespace wx
