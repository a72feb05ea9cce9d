#include "orchestrator/engine/app_lock.hpp"

#include <nlohmann/json.hpp>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"

namespace wx {

using nlohmann::json;

Result<std::unique_ptr<FileLock>> take_app_lock(Ports& ports, const Layout& layout, const std::string& verb,
                                                std::int64_t pid, std::int64_t wait_ms) {
  WX_TRY(make_directories(ports.files, layout.state, 0700));
  auto lock = ports.files.lock(layout.lock(), LockMode::exclusive, wait_ms);
  if (!lock) {
    if (lock.error().code != Code::busy) return std::move(lock).error();
    std::string who = "another wxctl";
    if (const auto owner = lock_owner(ports.files, layout))
      who = "`wxctl " + owner->verb + "` (pid " + std::to_string(owner->pid) + ", since " +
            format_instant(owner->since) + ")";
    return Error{Code::busy, layout.app + " is held by " + who, "wxctl status shows it; wxctl abort ends it"};
  }
  const json note{
      {"format", 1}, {"pid", pid}, {"verb", verb}, {"since", ports.clock.now().time_since_epoch().count()}};
  WX_TRY(ports.files.write(layout.lock(), note.dump() + "\n", 0600));
  return lock;
}

std::optional<LockOwner> lock_owner(FileSystem& files, const Layout& layout) {
  auto text = files.read(layout.lock(), 64UL * 1024);
  if (!text) return std::nullopt;
  const json note = json::parse(*text, nullptr, false);
  if (!note.is_object()) return std::nullopt;
  return LockOwner{note.value("pid", std::int64_t{0}), note.value("verb", ""),
                   WallTime{Micros{note.value("since", std::int64_t{0})}}};
}

}  // namespace wx
