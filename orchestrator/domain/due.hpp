// Which points a bucket should hold, by the runs of the slots that owned it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "orchestrator/routing/ledger.hpp"

namespace wx {

constexpr std::int64_t to_ns(WallTime time) {
  return time.time_since_epoch().count() * 1000;
}

// The points that successful runs of one role owe to their bucket. A run that started at s owes those with
// time stamps in [s - reach, s]; without a reach those between the whole second in which it started and its
// end.
class DueTimes {
 public:
  // Nothing before `since` is due; without a reach no run that began in a second before it counts.
  DueTimes(const std::vector<Run>& runs, std::string_view role, Micros reach, WallTime since);

  [[nodiscard]] bool contains(std::int64_t time_ns) const;
  // A run that reaches into a later second owes a point there or in its first one: whoever lacks a point is
  // blamed only where a run began in that very second. Always with a reach.
  [[nodiscard]] bool blames(std::int64_t time_ns) const;
  // When the last run started that owed this point; none without a reach: there a point belongs to its run.
  [[nodiscard]] std::optional<std::int64_t> last_look(std::int64_t time_ns) const;
  // Successful runs that count.
  [[nodiscard]] std::size_t runs() const { return runs_; }

 private:
  struct Span {
    std::int64_t from;
    std::int64_t to;  // inclusive
  };
  std::vector<Span> spans_;  // disjoint, ascending
  std::vector<std::int64_t>
      starts_;  // ascending: with a reach of the runs, without of the seconds they began in
  std::int64_t reach_ns_;
  std::int64_t since_ns_;
  std::size_t runs_ = 0;
};

// The times that one run accounts for when stores have no reach, both ends inclusive.
struct RunTimes {
  std::int64_t from_ns;  // the whole second in which it started
  std::int64_t to_ns;    // its end
};
RunTimes times_of(const Run& run);

}  // namespace wx
