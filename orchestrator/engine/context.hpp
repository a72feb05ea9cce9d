// What one rollout works with.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/domain/unit_files.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/plan.hpp"
#include "orchestrator/engine/ports.hpp"
#include "orchestrator/engine/releases.hpp"
#include "orchestrator/engine/rollout_journal.hpp"

namespace wx {

struct RolloutContext {
  Ports& ports;
  const Layout& layout;
  Plan plan;
  std::string manifest_text;
  Manifest manifest;
  std::optional<std::string>
      config_source;  // the person's config when the rollout began; none without `config:`
  UnitContext units;
  RolloutJournal journal;
  Generations generations;
  Releases releases;

  // Progress for people: journaled, shown by whoever follows.
  Status note(const std::string& message, std::optional<int> step = std::nullopt) {
    return journal.append("note", step, {{"message", message}});
  }
};

}  // namespace wx
