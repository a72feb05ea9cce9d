// Who sees which environment variables in a sandbox. Pure, thread-safe.
#pragma once

#include <string>
#include <vector>

namespace wx::sandbox {

using Environment = std::vector<std::string>;  // NAME=value

// The caller's environment for the command, without what describes the host's manager and XDG directories,
// with the sandbox's own.
Environment command_environment(const Environment& caller, const std::string& home);
// A clean environment, so that units behave as on a booted machine: nothing of the caller's reaches them.
Environment manager_environment(const std::string& home);

}  // namespace wx::sandbox
