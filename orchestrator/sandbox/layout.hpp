// Where things are inside a sandbox. All of it lies on a tmpfs that ends with the sandbox.
#pragma once

namespace wx::sandbox {

inline constexpr const char* manager_program = "/lib/systemd/systemd";
inline constexpr const char* journald_program = "/lib/systemd/systemd-journald";

inline constexpr const char* private_directory = "/run/sandbox";
inline constexpr const char* temporary_home = "/run/sandbox/home";
inline constexpr const char* manager_log = "/run/sandbox/manager.log";
inline constexpr const char* journald_log = "/run/sandbox/journald.log";
inline constexpr const char* manager_notify = "/run/sandbox/manager.notify";
inline constexpr const char* journald_notify = "/run/sandbox/journald.notify";
inline constexpr const char* runtime_directory = "/run/user/0";
inline constexpr const char* bus_address = "unix:path=/run/user/0/bus";
inline constexpr const char* journal_directory = "/run/systemd/journal";
inline constexpr const char* journal_stream_socket = "/run/systemd/journal/stdout";
inline constexpr const char* journal_datagram_socket = "/run/systemd/journal/socket";

// The same cgroup paths as on a booted machine: journald derives _SYSTEMD_USER_UNIT= and the invocation id
// from them.
inline constexpr const char* cgroup_root = "/sys/fs/cgroup";
inline constexpr const char* init_cgroup = "/sys/fs/cgroup/init.scope";
inline constexpr const char* journald_cgroup = "/sys/fs/cgroup/system.slice/systemd-journald.service";
inline constexpr const char* manager_cgroup = "/sys/fs/cgroup/user.slice/user-0.slice/user@0.service";
inline constexpr const char* command_cgroup = "/sys/fs/cgroup/user.slice/user-0.slice/session-1.scope";

}  // namespace wx::sandbox
