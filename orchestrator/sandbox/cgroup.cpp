#include "orchestrator/sandbox/cgroup.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "orchestrator/sandbox/os_error.hpp"

namespace wx::sandbox {
namespace {

constexpr std::string_view prefix = "wxctl-sandbox-";
constexpr int max_depth = 16;

Result<UniqueFd> detached_cgroup2() {
  const UniqueFd context(::fsopen("cgroup2", FSOPEN_CLOEXEC));
  if (!context.valid() || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return os_error("cannot open the cgroup2 file system")
        .with_remedy(
            "the sandbox needs Linux 5.7 or later with cgroup2, and root outside of an unprivileged "
            "container");
  UniqueFd root(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!root.valid())
    return os_error("cannot mount the cgroup2 file system")
        .with_remedy("run it as root, in a container with --privileged");
  return root;
}

std::vector<std::string> subdirectories(int directory) {
  std::vector<std::string> names;
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), ::closedir);
  if (!stream) {
    ::close(copy);
    return names;
  }
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name(static_cast<const char*>(entry->d_name));
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

// True when `name` is gone. Depth first, because only an empty cgroup can be removed.
bool remove_tree(int parent, const std::string& name, int depth) {
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
  const UniqueFd directory(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || depth == 0) return false;
  for (const auto& child : subdirectories(directory.get())) remove_tree(directory.get(), child, depth - 1);
  return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0;
}

void kill_all(int directory) {
  const UniqueFd kill(::openat(directory, "cgroup.kill", O_WRONLY | O_CLOEXEC));
  // Kernels before 5.14 have no such file; the end of the pid namespace kills all the same.
  if (kill.valid()) [[maybe_unused]]
    const auto written = ::write(kill.get(), "1", 1);
}

// A process that was killed leaves its cgroup only when it has ended altogether, some milliseconds later.
void remove_within(std::chrono::milliseconds limit, int root, const std::string& name, int directory) {
  kill_all(directory);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!remove_tree(root, name, max_depth) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// A directory whose lock can be had belongs to nobody: its sandbox was killed before it could clean up.
void remove_stale(int root) {
  for (const auto& name : subdirectories(root)) {
    if (!name.starts_with(prefix)) continue;
    const UniqueFd directory(::openat(root, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid() || ::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) continue;
    remove_within(std::chrono::milliseconds(500), root, name, directory.get());
  }
}

std::string unique_name() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return std::string(prefix) + std::to_string(::getpid()) + "-" + std::to_string(now);
}

}  // namespace

Result<CgroupDirectory> CgroupDirectory::create() {
  WX_LET(auto root, detached_cgroup2());
  remove_stale(root.get());
  for (int attempt = 0; attempt < 16; ++attempt) {
    auto name = unique_name();
    if (::mkdirat(root.get(), name.c_str(), 0755) != 0)
      return os_error("cannot make a cgroup for the sandbox");
    UniqueFd directory(::openat(root.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Another sandbox may sweep between mkdir and flock; then the directory is gone or soon will be: make
    // another.
    if (!directory.valid() || ::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) continue;
    struct stat info {};
    if (::fstatat(root.get(), name.c_str(), &info, 0) != 0) continue;
    return CgroupDirectory(std::move(root), std::move(directory), std::move(name));
  }
  return Error{Code::busy, "cannot make a cgroup for the sandbox: others keep removing it", "try again"};
}

void CgroupDirectory::remove() {
  remove_within(std::chrono::seconds(2), root_.get(), name_, directory_.get());
}

}  // namespace wx::sandbox
