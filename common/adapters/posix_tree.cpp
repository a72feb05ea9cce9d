#include "common/adapters/posix_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
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
    WX_TRY(empty());
    while (true) {
      if (!waiting_.empty()) {
        WX_TRY(descend());
      } else if (!levels_.empty()) {
        WX_TRY(ascend());
      } else {
        return remove_directory(AT_FDCWD, path_);
      }
    }
  }

 private:
  struct Level {
    std::string name;  // of the child that was entered
    dev_t device;
    ino_t inode;
    std::vector<std::string> waiting;  // its brothers
  };

  [[nodiscard]] std::string where() const {
    auto where = path_;
    for (const auto& level : levels_) where += "/" + level.name;
    return where;
  }
  [[nodiscard]] std::string full(int parent, const std::string& name) const {
    return parent == AT_FDCWD ? path_ : where() + "/" + name;
  }
  [[nodiscard]] Error failure(int number) const { return errno_error(number, verb, where()); }

  // Unlink `name`, which may be an empty directory or absent; true when it is a directory that is not empty.
  // The kernel refuses a mount point before it looks whether it is empty: what is mounted there is not ours
  // to remove.
  Result<bool> take_away(int parent, const std::string& name) {
    if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT || errno == ENOTDIR) return false;
    if (errno == EISDIR) {
      if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return false;
      if (errno == ENOTEMPTY || errno == EEXIST) return true;
    }
    if (errno == EBUSY) {
      return Error{Code::failed, "cannot remove " + full(parent, name) + ": a file system is mounted there",
                   "unmount it"};
    }
    return errno_error(errno, verb, full(parent, name));
  }

  // Open the directory `name` and make it the current one; false when it is gone.
  Result<bool> enter(int parent, const std::string& name) {
    const auto open_it = [&] {
      return Fd(retry_interrupted([&] { return ::openat(parent, name.c_str(), open_directory); }));
    };
    Fd opened = open_it();
    if (!opened && errno == EACCES && ::fchmodat(parent, name.c_str(), S_IRWXU, AT_SYMLINK_NOFOLLOW) == 0) {
      opened = open_it();
    }
    if (!opened && errno == ENOENT) return false;
    struct stat status {};
    if (!opened || ::fstat(opened.get(), &status) != 0) return errno_error(errno, verb, full(parent, name));
    if ((status.st_mode & S_IRWXU) != S_IRWXU) {
      static_cast<void>(::fchmod(opened.get(), S_IRWXU));  // if it did not help, the next call says so
    }
    current_ = std::move(opened);
    device_ = status.st_dev;
    inode_ = status.st_ino;
    return true;
  }

  Status descend() {
    auto name = std::move(waiting_.back());
    waiting_.pop_back();
    Level level{name, device_, inode_, std::move(waiting_)};
    waiting_.clear();
    WX_LET(const bool entered, enter(current_.get(), name));
    if (entered) {
      levels_.push_back(std::move(level));
      return empty();
    }
    waiting_ = std::move(level.waiting);
    return {};
  }

  Status ascend() {
    Fd parent(retry_interrupted([&] { return ::openat(current_.get(), "..", open_directory); }));
    struct stat status {};
    if (!parent || ::fstat(parent.get(), &status) != 0) return failure(errno);
    auto& level = levels_.back();
    if (status.st_dev != level.device || status.st_ino != level.inode) {
      return Error{Code::failed, "cannot remove " + where() + ": it was moved meanwhile", "try again"};
    }
    WX_TRY(remove_directory(parent.get(), level.name));
    current_ = std::move(parent);
    device_ = level.device;
    inode_ = level.inode;
    waiting_ = std::move(level.waiting);
    levels_.pop_back();
    return {};
  }

  // Unlink all in the current directory but directories that are not empty, which are put down in waiting_.
  Status empty() {
    const auto directory = read_directory(current_);
    if (!directory) return failure(errno);
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(directory.get());
      if (entry == nullptr) return errno == 0 ? Status{} : failure(errno);
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      WX_LET(const bool is_directory, take_away(current_.get(), name));
      if (is_directory) waiting_.push_back(name);
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
  std::vector<std::string> waiting_;  // directories in `current_` that are still to be removed
  std::vector<Level> levels_;         // from the root of the tree to the parent of `current_`
};

}  // namespace

Status remove_posix_tree(const std::string& path) {
  return TreeRemoval(path).run();
}

}  // namespace wx
