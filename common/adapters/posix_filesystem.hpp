// FileSystem on the real disk. Thread-safe.
#pragma once

#include <memory>

#include "common/ports/filesystem.hpp"

namespace wx {

std::unique_ptr<FileSystem> make_posix_filesystem();

}  // namespace wx
