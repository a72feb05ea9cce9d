// What a rollout may have to put back, recorded in rollouts/ID/before before anything is touched.
#pragma once

#include <optional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"
#include "orchestrator/engine/surroundings.hpp"
#include "orchestrator/engine/units.hpp"

namespace wx {

struct Before {
  std::optional<Generation> generation;    // none: first deployment
  UnitSnapshot units;
  std::optional<Surroundings> surroundings;  // none in the records of older versions
  std::optional<std::string> manifest;     // the installed one
  std::optional<std::string> live_config;  // the person's
};

Result<Before> observe_before(Ports& ports, const Layout& layout, const Manifest& manifest);
// Into `directory`, which is made; durable once the directory above it is synced too.
Status write_before(FileSystem& files, const std::string& directory, const Before& before);
Result<Before> read_before(FileSystem& files, const std::string& directory);

}  // namespace wx
