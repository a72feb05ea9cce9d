// Journal by sd-journal of the local machine. One thread per object.
#pragma once

#include <memory>

#include "common/adapters/sdbus_systemd.hpp"
#include "common/ports/journal.hpp"

namespace wx {

// User scope matches the entries of the calling user's manager (_SYSTEMD_USER_UNIT and USER_UNIT with _UID), system scope
// _SYSTEMD_UNIT and UNIT.
std::unique_ptr<Journal> make_sd_journal(Scope scope);

}  // namespace wx
