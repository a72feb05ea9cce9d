// What becomes of the points that only a candidate's bucket has, when its rollout ends.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/context.hpp"

namespace wx {

// Before a candidate's first run: what its bucket holds goes to the evidence of the rollout before. A sentence, empty when it was empty.
Result<std::string> empty_candidate_bucket(RolloutContext& rollout, const std::function<Status()>& pulse);
// After a promotion: copied to main, with proof. A sentence.
Result<std::string> bring_points_home(RolloutContext& rollout, const std::function<Status()>& pulse);
// After a rollback: gaps are filled from the source, the rest is copied unless its verdict blames the data. The times (RFC 3339) that
// stay out of main. It never fails: that the old version works is not undone by a store that is away, and that is noted.
std::vector<std::string> bring_points_back(RolloutContext& rollout, const std::function<Status()>& pulse);

}  // namespace wx
