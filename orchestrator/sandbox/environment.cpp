#include "orchestrator/sandbox/environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "orchestrator/sandbox/layout.hpp"

namespace wx::sandbox {
namespace {

constexpr std::array<std::string_view, 15> replaced_or_unset{"HOME",
                                                             "WXCTL_SANDBOX",
                                                             "XDG_RUNTIME_DIR",
                                                             "DBUS_SESSION_BUS_ADDRESS",
                                                             "XDG_CONFIG_HOME",
                                                             "XDG_DATA_HOME",
                                                             "XDG_STATE_HOME",
                                                             "XDG_CACHE_HOME",
                                                             "XDG_SESSION_ID",
                                                             "NOTIFY_SOCKET",
                                                             "INVOCATION_ID",
                                                             "JOURNAL_STREAM",
                                                             "LISTEN_FDS",
                                                             "LISTEN_PID",
                                                             "LISTEN_FDNAMES"};

bool is_passed_on(std::string_view assignment) {
  const auto name = assignment.substr(0, assignment.find('='));
  return std::ranges::find(replaced_or_unset, name) == replaced_or_unset.end();
}

}  // namespace

Environment command_environment(const Environment& caller, const std::string& home) {
  Environment result;
  std::ranges::copy_if(caller, std::back_inserter(result), is_passed_on);
  result.push_back("HOME=" + home);
  result.push_back(std::string("XDG_RUNTIME_DIR=") + runtime_directory);
  result.push_back(std::string("DBUS_SESSION_BUS_ADDRESS=") + bus_address);
  result.emplace_back("WXCTL_SANDBOX=1");
  return result;
}

Environment manager_environment(const std::string& home) {
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "HOME=" + home,
          "USER=root",
          "LOGNAME=root",
          "SHELL=/bin/sh",
          "LANG=C.UTF-8",
          std::string("XDG_RUNTIME_DIR=") + runtime_directory,
          "WXCTL_SANDBOX=1"};
}

}  // namespace wx::sandbox
