#include "orchestrator/sandbox/controllers.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "orchestrator/sandbox/layout.hpp"
#include "orchestrator/sandbox/os_error.hpp"
#include "orchestrator/sandbox/unique_fd.hpp"

namespace wx::sandbox {
namespace {

std::string available_controllers() {
  const UniqueFd in(::open((std::string(cgroup_root) + "/cgroup.controllers").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 512> buffer{};
  const auto count = in.valid() ? ::read(in.get(), buffer.data(), buffer.size()) : 0;
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string{};
}

bool write_once(const std::string& path, std::string_view text) {
  const UniqueFd out(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return out.valid() && ::write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

Status leave_root_cgroup() {
  if (!write_once(std::string(init_cgroup) + "/cgroup.procs", "0"))
    return os_error("cannot move to init.scope");
  const auto available = available_controllers();
  for (const std::string_view name : {"cpu", "memory", "pids", "io"}) {
    if (available.find(name) == std::string::npos) continue;
    // Best effort: a controller that cannot be had costs figures, not function.
    for (const char* level : {"", "/user.slice", "/user.slice/user-0.slice"})
      write_once(std::string(cgroup_root) + level + "/cgroup.subtree_control", "+" + std::string(name));
  }
  return {};
}

}  // namespace wx::sandbox
