// The plan of one rollout: resolved before step 1, stored, never planned again (rollouts/ID/plan.json).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "orchestrator/domain/playbook.hpp"
#include "orchestrator/routing/route.hpp"

namespace wx {

struct ReleaseRef {
  std::string id;  // r-…
  std::string version;
};

struct Plan {
  std::string id;  // o-…
  std::string app;
  std::string strategy;  // the playbook's name, or "rollback"
  WallTime created{};
  std::optional<Slot> active;  // before it; none: first deployment
  Slot target = Slot::blue;    // the slot under trial
  std::optional<ReleaseRef> from;
  ReleaseRef to;
  std::string source;         // directory the release comes from; empty for a rollback
  std::string state_source;   // directory whose copy the slot begins with; empty: with nothing
  std::string engine_dir;     // pinned copies
  bool auto_confirm = false;  // --auto
  std::string on_failure = "rollback";
  std::vector<std::pair<std::string, std::string>> settings;  // --set, as given
  std::vector<StepSpec> steps;
  std::string reverts;  // for a rollback: the rollout that is taken back
  bool verify = true;   // have the new version verified by a run
  bool now = false;     // a run of the version before that is in progress is stopped

  [[nodiscard]] bool first() const { return !active.has_value(); }
};

std::string render_plan(const Plan& plan);
// `failed` for damage, `invalid` for a newer format.
Result<Plan> parse_plan(std::string_view json);

}  // namespace wx
