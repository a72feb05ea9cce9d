// Points that only the candidate's bucket has: brought home to main, or kept as evidence. Every function may
// be called again after a crash at any effect and then does what is left. None needs the rollout's step: what
// they change are buckets and files, under the app's lock.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/domain/reconcile.hpp"
#include "orchestrator/engine/check_runner.hpp"
#include "orchestrator/engine/rollout_journal.hpp"
#include "orchestrator/engine/store_access.hpp"

namespace wx {

struct ReconcileScope {
  Ports& ports;
  const Layout& layout;
  const StoreSpec& main;         // of the slot that is active: where points belong
  const StoreSpec& candidate;    // of the slot on trial: where they are
  const std::vector<Run>& runs;  // of the rollout, see rollout_runs()
  WallTime since;                // the rollout's start
  WallTime until;
  std::function<Status()> pulse = [] { return Status{}; };  // called between batches; its error ends it
};

struct ReconcileReport {
  std::uint64_t found = 0;  // points that main lacked and that are due there
  std::uint64_t copied = 0;
  std::uint64_t main_before = 0;  // points of main in the span looked at
  std::uint64_t main_after = 0;
  std::vector<std::int64_t>
      unreconciled;  // times of points left out, in nanoseconds; at most unreconciled_limit
  std::uint64_t unreconciled_total = 0;
  std::vector<Mismatch> conflicts;  // main was left as it is
  std::uint64_t conflicts_total = 0;
  std::string backfill;  // how the backfill ended; empty: none was run
  std::string message;   // one sentence
};

inline constexpr std::size_t unreconciled_limit = 1000;

// All that the ledger knows, however long the rollout took.
Result<std::vector<Run>> rollout_runs(Ports& ports, const Layout& layout, const Manifest& manifest);

// What there is to copy; changes nothing. Everything found is in `unreconciled`.
Result<ReconcileReport> survey(const ReconcileScope& scope);

// After a promotion, and for `reconcile --accept`: copy, with proof before and after. `failed` when points
// are still missing afterwards.
Result<ReconcileReport> reconcile_promoted(const ReconcileScope& scope);

// After an abort or a rollback. `active`: the slot that runs now, whose `program.backfill` is run first when
// there are gaps. What is missing then is copied, unless the verdict blames the data: then it is left where
// it is and listed.
Result<ReconcileReport> reconcile_returned(const ReconcileScope& scope, const CheckTarget& active,
                                           bool data_blamed);

// Before a rollout: what the candidate's bucket still holds goes to the evidence of `rollout`, the one before
// (points.db, an embedded bucket); then the bucket is emptied. Answers how many points were moved.
Result<std::uint64_t> clear_candidate_bucket(Ports& ports, const Layout& layout, const StoreSpec& store,
                                             const std::string& rollout,
                                             const std::function<Status()>& pulse);
// The evidence of a rollout as a bucket to reconcile from; not_found when there is none.
Result<StoreSpec> evidence_store(Ports& ports, const Layout& layout, const StoreSpec& store,
                                 const std::string& rollout);

// Did the last analysis of a rollout blame its data (points, parity)?
bool blames_data(const std::vector<JournalRecord>& records);

}  // namespace wx
