// What a glance at an app needs of its ledger, whatever the ledger's size: the newest runs, and the last one of each slot.
#pragma once

#include "common/core/result.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"
#include "orchestrator/routing/ledger.hpp"

namespace wx {

// The runs that the newest 256 KiB of the ledger tell of, and the last run of the release in each slot however long ago that
// was. Oldest first.
Result<Ledger> recent_runs(Ports& ports, const Layout& layout, const Manifest& manifest, const Generation& generation);

}  // namespace wx
