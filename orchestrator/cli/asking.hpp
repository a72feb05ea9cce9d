// Asking the engine that drives a rollout for something, and following what comes of it.
#pragma once

#include <string>

#include "orchestrator/cli/follow.hpp"
#include "orchestrator/cli/world.hpp"
#include "orchestrator/engine/requests.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

// Leave the request for whoever drives `running`, started anew when nobody does, and wait 10 s for the answer. The sentence that
// accepts it; the refusal as an error; `unavailable` when nobody answers.
Result<std::string> ask_engine(World& world, const Layout& layout, const RolloutView& running, const Request& request);

// Follow a rollout that others began from its next record on, at most so long, and answer as deploy does.
Result<int> follow_on(World& world, const Layout& layout, const RolloutView& running, const std::optional<Micros>& wait);

// The closing sentence, or the JSON, of what was followed.
int answer_followed(World& world, const Layout& layout, const Followed& followed);

}  // namespace wx
