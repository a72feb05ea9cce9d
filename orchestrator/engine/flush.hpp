// Emptying the spool of a slot by the program itself (`program.flush`).
#pragma once

#include <functional>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"
#include "orchestrator/routing/route.hpp"

namespace wx {

// Run `program.flush` of the release in that slot, with the slot's settings, until it succeeds, at most `program.drain` and
// `patience`, but once; nothing to do without such a command or in an empty slot. `failed`, with the command's last words, when the spool is not empty then.
Status flush_slot(Ports& ports, const Layout& layout, Slot slot, const std::function<Status()>& pulse,
                  Micros patience = Micros::max());

}  // namespace wx
