// Removing a directory tree. Thread-safe, as long as nobody else moves directories of the same tree about.
#pragma once

#include <string>

#include "common/core/result.hpp"

namespace wx {

// Whatever is at `path`, links not followed; fine when absent. Directories that forbid it are made writable
// first. Refuses to enter a mount point. Needs three descriptors at most, however deep the tree.
Status remove_posix_tree(const std::string& path);

}  // namespace wx
