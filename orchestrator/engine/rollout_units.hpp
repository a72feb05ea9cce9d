// Which unit files and units belong to an app, and what a rollout makes of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/layout.hpp"

namespace wx {

// Every unit file that a rollout of this manifest may write, for the snapshot before it.
std::vector<std::string> unit_file_names(const Layout& layout, const Manifest& manifest);
// Units whose enabled and active state is ours to keep.
std::vector<std::string> stateful_units(const Layout& layout, const Manifest& manifest);

// The unit files that a rollout writes: settled once, so that whoever resumes it, in whatever environment, means the same.
struct RolloutUnits {
  std::vector<UnitFile> slot;    // by the install step: what belongs to the slot under trial alone, the resume unit, the dead-man's
  std::vector<UnitFile> shared;  // by the cutover: entry, template, and the timer when the manifest or the release brings it
};

// From the rollout's record, which is made now when there is none; the release must be installed.
Result<RolloutUnits> settle_units(RolloutContext& context);
// None before anything was written.
Result<std::optional<RolloutUnits>> recorded_units(FileSystem& files, const Layout& layout, const std::string& rollout);
// The template of all slots, which a first deployment writes with its slot.
const UnitFile& template_of(const RolloutContext& context, const RolloutUnits& units);

// The dead-man looks this often.
Micros deadman_period(const Plan& plan);

}  // namespace wx
