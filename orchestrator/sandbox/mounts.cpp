#include "orchestrator/sandbox/mounts.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/sandbox/layout.hpp"
#include "orchestrator/sandbox/os_error.hpp"
#include "orchestrator/sandbox/unique_fd.hpp"

namespace wx::sandbox {
namespace {

// Storage on the (private) /var/log from the start: only there journals are split per user, as on a booted
// machine.
constexpr std::string_view journald_settings =
    "[Journal]\n"
    "Storage=persistent\n"
    "ReadKMsg=no\n"
    "Audit=no\n"
    "ForwardToSyslog=no\n"
    "ForwardToWall=no\n"
    "RateLimitIntervalSec=0\n"
    "SystemMaxUse=64M\n"
    "RuntimeMaxUse=64M\n";

Status mount_at(const char* type, const char* target, const char* data = nullptr) {
  if (::mount(type, target, type, MS_NOSUID | MS_NODEV, data) != 0)
    return os_error(std::string("cannot mount ") + type + " on " + target);
  return {};
}

Status directory(const std::string& path, mode_t mode = 0755) {
  for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    if (::mkdir(path.substr(0, slash).c_str(), 0755) != 0 && errno != EEXIST)
      return os_error("cannot make " + path);
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return os_error("cannot make " + path);
  return {};
}

Status file(const std::string& path, std::string_view content, mode_t mode = 0644) {
  const UniqueFd out(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!out.valid() ||
      ::write(out.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
    return os_error("cannot write " + path);
  return {};
}

std::optional<std::string> read_small(const char* path) {
  const UniqueFd in(::open(path, O_RDONLY | O_CLOEXEC));
  if (!in.valid()) return std::nullopt;
  std::array<char, 16384> buffer{};
  const auto count = ::read(in.get(), buffer.data(), buffer.size());
  if (count < 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(count));
}

struct HiddenFile {
  std::string path;
  std::string content;
};

// On many machines /etc/resolv.conf points into /run; the network is the host's, so names must go on
// resolving.
std::optional<HiddenFile> resolver_settings_in_run() {
  std::array<char, PATH_MAX> path{};
  if (::realpath("/etc/resolv.conf", path.data()) == nullptr) return std::nullopt;
  HiddenFile found{path.data(), {}};
  if (!found.path.starts_with("/run/")) return std::nullopt;
  auto content = read_small(path.data());
  if (!content) return std::nullopt;
  found.content = std::move(*content);
  return found;
}

// Services with mount options (ProtectSystem= …) in a user manager need what PID 1 makes at boot.
Status what_units_need() {
  WX_TRY(directory("/run/systemd/unit-root", 0700));
  WX_TRY(directory("/run/systemd/inaccessible/dir", 0));
  WX_TRY(file("/run/systemd/inaccessible/reg", "", 0));
  if (::mkfifo("/run/systemd/inaccessible/fifo", 0) != 0)
    return os_error("cannot make /run/systemd/inaccessible/fifo");
  for (const char* name : {"chr", "blk", "sock"}) {
    const auto link = std::string("/run/systemd/inaccessible/") + name;
    if (::symlink("reg", link.c_str()) != 0) return os_error("cannot make " + link);
  }
  return {};
}

// Generators of other packages (gpg-agent's takes 50 ms) would bring the host's settings into the manager's
// clean environment; systemd's own, which reads environment.d, stays.
Status mask_environment_generators() {
  const std::filesystem::path masks = "/run/systemd/user-environment-generators";
  WX_TRY(directory(masks));
  std::error_code absent;
  for (const auto& entry :
       std::filesystem::directory_iterator("/usr/lib/systemd/user-environment-generators", absent)) {
    const auto name = entry.path().filename().string();
    if (name.find("systemd") != std::string::npos) continue;
    if (::symlink("/dev/null", (masks / name).c_str()) != 0) return os_error("cannot mask " + name);
  }
  return {};
}

Status what_journald_needs() {
  WX_TRY(directory("/run/systemd/journald.conf.d"));
  WX_TRY(directory("/run/log/journal"));
  WX_TRY(directory("/var/log/journal"));
  WX_TRY(directory(journal_directory));
  WX_TRY(file(std::string(journal_directory) + "/flushed", ""));
  WX_TRY(file("/run/systemd/journald.conf.d/sandbox.conf", journald_settings));
  return {};
}

Status own_machine_id() {
  const auto id = std::string(private_directory) + "/machine-id";
  auto uuid = read_small("/proc/sys/kernel/random/uuid");
  if (!uuid) return os_error("cannot read /proc/sys/kernel/random/uuid");
  std::erase(*uuid, '-');
  WX_TRY(file(id, *uuid, 0444));
  if (::mount(id.c_str(), "/etc/machine-id", nullptr, MS_BIND, nullptr) != 0)
    return os_error("cannot cover /etc/machine-id").with_remedy("make one: systemd-machine-id-setup");
  return {};
}

}  // namespace

Status mount_private_directories() {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return os_error("cannot make the mounts private");
  // Shared again among ourselves, as on a booted machine: without it LoadCredential= is silently empty.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr) != 0)
    return os_error("cannot share the mounts inside");
  const auto resolver = resolver_settings_in_run();
  WX_TRY(mount_at("proc", "/proc"));
  WX_TRY(mount_at("tmpfs", "/run", "mode=755,size=512m"));
  WX_TRY(mount_at("tmpfs", "/var/log", "mode=755,size=512m"));
  // A pure cgroup2 view, also where the host's is mixed: only there a user manager accounts CPU time and
  // freezes units.
  WX_TRY(mount_at("tmpfs", "/sys/fs/cgroup", "mode=755,size=1m"));
  WX_TRY(mount_at("cgroup2", "/sys/fs/cgroup"));
  for (const char* cgroup : {init_cgroup, journald_cgroup, manager_cgroup, command_cgroup})
    WX_TRY(directory(cgroup));

  for (const char* path : {"/run/systemd/system", "/run/systemd/users", "/run/lock", private_directory})
    WX_TRY(directory(path));
  WX_TRY(directory(runtime_directory, 0700));
  WX_TRY(directory(temporary_home, 0700));
  WX_TRY(what_units_need());
  WX_TRY(mask_environment_generators());
  WX_TRY(what_journald_needs());
  WX_TRY(own_machine_id());
  if (resolver) {
    WX_TRY(directory(resolver->path.substr(0, resolver->path.rfind('/'))));
    WX_TRY(file(resolver->path, resolver->content));
  }
  return {};
}

}  // namespace wx::sandbox
