// A rollout as others see it: from its plan and its journal, whoever wrote them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/plan.hpp"
#include "orchestrator/engine/rollout_journal.hpp"

namespace wx {

struct RolloutView {
  Plan plan;
  std::string phase =
      "Pending";        // Pending Progressing Paused Promoting RollingBack, Healthy RolledBack Failed
  std::string outcome;  // Promoted Aborted Superseded RolledBack Failed; empty while it goes on
  std::string verdict;  // pass fail inconclusive insufficient error cancelled; empty while there is none
  std::string message;  // the sentence that says how it ended, or what it does
  std::string remedy;
  std::optional<int> step;  // index of the step in progress or the last one
  std::optional<WallTime> started;
  std::optional<WallTime> finished;
  std::optional<std::int64_t> switched_ms;
  std::optional<std::int64_t> verified_ms;
  std::vector<std::string> unreconciled;  // times of points that stay out of the main bucket
  bool installing = false;                // it has begun to install
  std::size_t records = 0;                // of its journal
  std::optional<int> exit;                // of the command that follows it, when it has ended or waits

  [[nodiscard]] bool ended() const { return finished.has_value(); }
};

// What one more record of its journal changes.
void apply(RolloutView& view, const JournalRecord& record);
RolloutView view_of(const Plan& plan, const std::vector<JournalRecord>& records);

// All rollouts of the app that have a journal, newest first; damaged ones are left out. `invalid` when a
// newer wxctl made one.
Result<std::vector<RolloutView>> list_rollouts(FileSystem& files, const Layout& layout);
// not_found, with "did you mean", for an id that is unknown or was never begun; `failed` when it is damaged.
Result<RolloutView> find_rollout(FileSystem& files, const Layout& layout, const std::string& id);
// Of rollouts, newest first: the one whose candidate wrote what lies in the candidate's bucket. Null when
// there was none.
const RolloutView* owner_of_candidate_points(const std::vector<RolloutView>& rollouts);
// The one that has not ended.
Result<std::optional<RolloutView>> rollout_in_progress(FileSystem& files, const Layout& layout);

}  // namespace wx
