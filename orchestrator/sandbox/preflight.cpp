#include "orchestrator/sandbox/preflight.hpp"

#include <unistd.h>

#include <array>
#include <string>

#include "orchestrator/sandbox/layout.hpp"

namespace wx::sandbox {
namespace {

struct Prerequisite {
  const char* path;
  const char* purpose;
  const char* package;
};

constexpr std::array prerequisites{
    Prerequisite{manager_program, "the user manager", "systemd"},
    Prerequisite{journald_program, "the journal", "systemd"},
    Prerequisite{"/usr/bin/dbus-daemon", "the session bus", "dbus-user-session"},
    Prerequisite{"/usr/lib/systemd/user/dbus.socket", "the session bus of the user manager",
                 "dbus-user-session"},
};

}  // namespace

Status check_prerequisites() {
  if (::geteuid() != 0)
    return Error{Code::permission, "only root can make the namespaces of a sandbox for now",
                 "run it as root, for example with sudo; a sandbox for ordinary users is to come"};
  for (const auto& [path, purpose, package] : prerequisites)
    if (::access(path, F_OK) != 0)
      return Error{Code::unavailable, std::string(path) + " (" + purpose + ") is missing",
                   std::string("install it: apt-get install ") + package};
  return {};
}

}  // namespace wx::sandbox
