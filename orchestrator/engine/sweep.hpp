// What a killed process left half-written.
#pragma once

#include "common/ports/filesystem.hpp"
#include "orchestrator/engine/layout.hpp"

namespace wx {

// Remove everything that was being written beside its place when its writer died (*.new). The caller holds
// the app's lock, so that nothing is being written now. What cannot be removed stays: it does no harm.
void sweep_unfinished(FileSystem& files, const Layout& layout);

}  // namespace wx
