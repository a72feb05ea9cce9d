// Which points of the candidate's bucket belong into main: those that would be lost without them, and none
// that only say once more what the active slot said. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/domain/compare.hpp"
#include "orchestrator/domain/due.hpp"

namespace wx {

// Without a reach: points of runs that the candidate made instead of the active slot, or beside a run of the
// active slot that failed; never those of a mirrored run whose active run succeeded. With a reach: every
// point that a successful run of either owed.
class CopyRule {
 public:
  // The runs of one rollout, which began at `since`.
  CopyRule(const std::vector<Run>& runs, Micros reach, WallTime since);

  // May a point go to main that main lacks?
  [[nodiscard]] bool allows(std::int64_t time_ns) const;
  // Were there activations that the active slot did not serve itself?
  [[nodiscard]] bool gaps() const { return gaps_; }

 private:
  static std::vector<Run> beside_success(const std::vector<Run>& runs);
  static std::vector<Run> in_its_stead(const std::vector<Run>& runs);

  bool reach_;
  bool gaps_;
  DueTimes main_;
  DueTimes candidate_;
  DueTimes stead_;     // of these runs of the candidate points are copied,
  DueTimes repeated_;  // but never of these
};

// What a look at both buckets finds to do.
struct Gap {
  MissingPoints open;               // main lacks them, and they may be copied
  std::vector<Mismatch> conflicts;  // both have the point and differ: main stays as it is; at most list_limit
  std::uint64_t conflicts_total = 0;  // fields
};

// Collects the gap, point by point.
class GapFinder {
 public:
  // `rule` must outlive this object. Times are listed up to `shown`.
  GapFinder(const CopyRule& rule, Tolerance tolerance) : rule_(rule), comparer_(nullptr, tolerance) {}

  // One point, null where it is not; true when it is to be copied to main.
  bool see(const Point* in_main, const Point* in_candidate);
  [[nodiscard]] Gap result() const;

 private:
  const CopyRule& rule_;
  Comparer comparer_;
  MissingPoints open_;
};

}  // namespace wx
