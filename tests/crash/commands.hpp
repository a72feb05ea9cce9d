// What people and units do with wxctl, at the level of the engine: each is one process's work under the
// app's lock.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/deploy.hpp"
#include "orchestrator/engine/engine.hpp"
#include "orchestrator/engine/requests.hpp"
#include "tests/testkit/fake_world.hpp"

namespace wx::crash {

using testkit::FakeProcess;
using testkit::FakeWorld;

// Of the releases of most tests.
inline constexpr const char* config = "interval: 2\nbucket: none\n";

struct Order {
  std::string id;
  std::string release;
  std::string soak = "0s";
  std::string strategy = "gradual";
  std::string percent{};  // of a canary; empty: the playbook's
  bool auto_confirm = true;
  bool stay_paused = false;  // wait for a person, who must come
};

Result<RolloutView> deploy(FakeWorld& world, EffectObserver& observer, const Order& order);
// A person's word to the rollout in progress, heard by whoever drives it next.
void ask(FakeWorld& world, const Request& request);
// Go on with the rollout in progress; `impossible` when there is none.
Result<RolloutView> resume(FakeWorld& world, EffectObserver& observer);
// Roll back the rollout in progress; `impossible` when there is none.
Result<RolloutView> take_back(FakeWorld& world, EffectObserver& observer, const std::string& outcome);
// Roll back the last promoted rollout.
Result<RolloutView> roll_back(FakeWorld& world, EffectObserver& observer, const std::string& id);
// To a release that was active once.
Result<RolloutView> roll_back_to(FakeWorld& world, EffectObserver& observer, const std::string& version, const std::string& id,
                                 bool verify = true);
// What the dead-man's service does.
Result<bool> look_at_lease(FakeWorld& world, EffectObserver& observer);

}  // namespace wx::crash
