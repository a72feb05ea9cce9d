// Before a rollback puts back what was: what somebody else has changed meanwhile is kept, or left where a
// person said so.
#pragma once

#include <set>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/before.hpp"
#include "orchestrator/engine/context.hpp"

namespace wx {

// Copies to the evidence of `rollout`, and journals, each file that is neither what the record `before` says
// nor what the rollout `taken_back` wrote. Answers the paths that are to be left as they are; they are taken
// out of `before`, with the states of their units.
Result<std::set<std::string>> spare_theirs(RolloutContext& rollout, const std::string& taken_back,
                                           Before& before);

// "; kept, because somebody else had changed it: …", and what of theirs stays; empty when there is nothing of
// theirs.
std::string told_spared(const RolloutJournal& journal);

}  // namespace wx
