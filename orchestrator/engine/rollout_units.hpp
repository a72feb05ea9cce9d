// Which unit files and units belong to an app. Pure but for the release's own files.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/layout.hpp"

namespace wx {

// Every unit file that a rollout of this manifest may write, for the snapshot before it.
std::vector<std::string> unit_file_names(const Layout& layout, const Manifest& manifest);
// Units whose enabled and active state is ours to keep.
std::vector<std::string> stateful_units(const Layout& layout, const Manifest& manifest);

// What the install step writes: all that belongs to the slot under trial alone, the resume unit and the
// dead-man's.
std::vector<UnitFile> slot_unit_files(const RolloutContext& context);
// What the cutover writes: entry, template, and the timer when the manifest or the release brings it.
Result<std::vector<UnitFile>> shared_unit_files(RolloutContext& context);
// The dead-man looks this often.
Micros deadman_period(const Plan& plan);

}  // namespace wx
