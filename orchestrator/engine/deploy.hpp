// From what a person asks for to a rollout that can be driven: everything is checked here, nothing is changed
// until create().
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/domain/lint.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/domain/playbook.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/plan.hpp"
#include "orchestrator/engine/ports.hpp"
#include "orchestrator/engine/releases.hpp"

namespace wx {

struct DeployRequest {
  std::string id;             // o-…, chosen by whoever asks
  std::string manifest_file;  // absolute
  std::string release;        // absolute directory; empty: the manifest's
  std::string config_file;    // absolute; empty: the installed one, else the release's
  std::string playbook_file;  // absolute
  std::vector<std::pair<std::string, std::string>> settings;
  bool auto_confirm = false;
  bool force = false;      // also when the pair (release, config) is active already
  std::string engine_dir;  // pinned copies
};

struct PreparedRollout {
  Plan plan;
  std::string manifest_text;  // as it will be installed
  Manifest manifest;
  std::optional<std::string> config_source;
  std::string playbook_text;  // empty for a rollback
  std::optional<Cadence> cadence;  // of the timer, as far as that can be told
  std::vector<Complaint> warnings;  // about the playbook
  ReleaseInfo release;
  bool already_active = false;
};

// The app's name in a manifest file, read before anything else is known about it.
Result<std::string> app_of_manifest(FileSystem& files, const std::string& manifest_file);

// `invalid` for anything wrong with the input, `unavailable` and the like for the environment.
Result<PreparedRollout> prepare_deploy(Ports& ports, const Layout& layout, const DeployRequest& request);
// Store plan, inputs and what was before; afterwards the rollout exists. The caller holds the lock.
Status create_rollout(Ports& ports, const Layout& layout, const PreparedRollout& prepared);

// A rollout that takes the promoted one back, or that tries again what ended Failed. `impossible` without a
// predecessor.
Result<PreparedRollout> prepare_rollback(Ports& ports, const Layout& layout, const std::string& id,
                                         const std::string& engine_dir);

}  // namespace wx
