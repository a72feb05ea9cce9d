// The cgroup directory of one sandbox.
#pragma once

#include <string>

#include "common/core/result.hpp"
#include "orchestrator/sandbox/unique_fd.hpp"

namespace wx::sandbox {

// A cgroup2 directory below the root of the caller's cgroup namespace, locked while a process of the
// sandbox's frame lives. It is reached through a detached mount, so it works wherever cgroup2 is mounted,
// read-only and not at all included.
class CgroupDirectory {
 public:
  // Also removes what sandboxes have left that were killed with SIGKILL. `permission` without root,
  // `unavailable` without cgroup2.
  static Result<CgroupDirectory> create();

  [[nodiscard]] int fd() const { return directory_.get(); }
  // Kill what is still in it and remove it. Gives up after two seconds; the next create() then removes it.
  void remove();

 private:
  CgroupDirectory(UniqueFd root, UniqueFd directory, std::string name)
      : root_(std::move(root)), directory_(std::move(directory)), name_(std::move(name)) {}

  UniqueFd root_;
  UniqueFd directory_;
  std::string name_;
};

}  // namespace wx::sandbox
