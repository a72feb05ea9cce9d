// Systemd over D-Bus with sdbus-c++: the only file that includes it. One thread per object.
#pragma once

#include <memory>

#include "common/core/result.hpp"
#include "common/ports/systemd.hpp"

namespace wx {

enum class Scope { user, system };

// `unavailable` with a remedy when there is no bus. Each D-Bus call waits at most `call_timeout`.
Result<std::unique_ptr<Systemd>> connect_systemd(Scope scope, Micros call_timeout);

}  // namespace wx
