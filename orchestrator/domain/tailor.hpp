// A playbook as one app gets it. Pure.
#pragma once

#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/domain/playbook.hpp"

namespace wx {

// What may not run twice for one tick is split where others are mirrored, a failed run is made good by
// default if the program is repeatable, and a first deployment has no peer: nothing to back up, to route
// beside or to judge against. A mirror that a program may not have and that names no split stays as it is:
// lint() refuses it.
Playbook tailored(Playbook playbook, const Manifest& manifest, bool first);

}  // namespace wx
