// One command at a time per app: a flock that dies with its owner, and a note that says who that is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// The app's lock, with a note that says who holds it. Code::busy names the holder.
Result<std::unique_ptr<FileLock>> take_app_lock(Ports& ports, const Layout& layout, const std::string& verb, std::int64_t pid,
                                                std::int64_t wait_ms);
struct LockOwner {
  std::int64_t pid = 0;
  std::string verb;
  WallTime since{};
};
// Who wrote the note last; nothing when nobody ever did.
std::optional<LockOwner> lock_owner(FileSystem& files, const Layout& layout);

}  // namespace wx
