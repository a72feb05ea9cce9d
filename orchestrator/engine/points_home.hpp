// What becomes of the points that only a candidate's bucket has, when its rollout ends.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

// The points that a candidate wrote, wherever they are by now.
struct TrialPoints {
  RolloutView rollout;  // whose candidate it was
  StoreSpec store;      // its bucket, or the evidence that was made of it
  WallTime since{};     // from here on main may lack points
  bool promoted = false;  // and not taken back since
  bool data_blamed = false;  // by the last analysis
};

// Those of rollout `id`; of a rollback: those of what it took back. Without an id those of the newest candidate, with the gaps that
// the newest rollout may have left. `impossible` when there are none, not_found for an unknown id. `main`: the store of a manifest
// that named none.
Result<TrialPoints> find_trial_points(Ports& ports, const Layout& layout, const StoreSpec& main, const std::string& id = {});

// Before a candidate's first run: what its bucket holds goes to the evidence of the rollout before. A sentence, empty when it was empty.
Result<std::string> empty_candidate_bucket(RolloutContext& rollout, const std::function<Status()>& pulse);
// After a promotion: copied to main, with proof. A sentence. A store that is away takes no good version back: the points stay where
// they are, as told_left() says.
Result<std::string> bring_points_home(RolloutContext& rollout, const std::function<Status()>& pulse);
// After a rollback: gaps are filled from the source, the rest is copied unless its verdict blames the data. What stays out of main is
// journaled (`unreconciled`). Its errors are the journal's: that the old version works is not undone by a store that is away.
Status bring_points_back(RolloutContext& rollout, const std::function<Status()>& pulse);
// The end of a sentence: why points were left where they are; empty when none were.
std::string told_left(const RolloutJournal& journal);

}  // namespace wx
