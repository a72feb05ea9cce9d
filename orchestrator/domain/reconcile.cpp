#include "orchestrator/domain/reconcile.hpp"

#include <algorithm>
#include <unordered_map>

namespace wx {

namespace {

using RunsById = std::unordered_map<std::string, const Run*>;

RunsById by_id(const std::vector<Run>& runs) {
  RunsById out;
  for (const Run& run : runs) out.emplace(run.id, &run);
  return out;
}

bool is_candidate(const Run& run) {
  return run.role == "candidate";
}

// A mirrored run whose active run nobody knows of counts as one that succeeded: nothing is copied on a guess.
bool beside_failure(const Run& run, const RunsById& known) {
  if (!run.mirror_of) return false;
  const auto active = known.find(*run.mirror_of);
  return active != known.end() && active->second->result && !succeeded(*active->second);
}

template <class Wanted>
std::vector<Run> filtered(const std::vector<Run>& runs, Wanted&& wanted) {
  std::vector<Run> out;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(out), wanted);
  return out;
}

}  // namespace

std::vector<Run> CopyRule::in_its_stead(const std::vector<Run>& runs) {
  const auto known = by_id(runs);
  // A candidate that somebody starts by hand serves no activation.
  return filtered(runs, [&](const Run& run) {
    return is_candidate(run) && ((!run.mirror_of && run.counted) || beside_failure(run, known));
  });
}

std::vector<Run> CopyRule::beside_success(const std::vector<Run>& runs) {
  const auto known = by_id(runs);
  return filtered(runs, [&](const Run& run) {
    return is_candidate(run) && run.mirror_of && !beside_failure(run, known);
  });
}

CopyRule::CopyRule(const std::vector<Run>& runs, Micros reach, WallTime since)
    : reach_(reach > Micros::zero()),
      gaps_(std::any_of(runs.begin(), runs.end(),
                        [&](const Run& run) {
                          return run.at >= since && !run.fallback && !run.mirror_of && run.counted &&
                                 run.result && (is_candidate(run) || !succeeded(run));
                        })),
      main_(runs, "active", reach, since),
      candidate_(runs, "candidate", reach, since),
      stead_(in_its_stead(runs), "candidate", reach, since),
      repeated_(beside_success(runs), "candidate", reach, since) {}

bool CopyRule::allows(std::int64_t time_ns) const {
  if (reach_) return main_.contains(time_ns) || candidate_.contains(time_ns);
  return stead_.contains(time_ns) && !repeated_.contains(time_ns);
}

bool GapFinder::see(const Point* in_main, const Point* in_candidate) {
  if (in_candidate == nullptr) return false;
  if (in_main != nullptr) {
    comparer_.see(in_main, in_candidate);
    return false;
  }
  if (!rule_.allows(in_candidate->time_ns)) return false;
  open_.add(*in_candidate, false);
  return true;
}

Gap GapFinder::result() const {
  return {open_, comparer_.result().mismatched, comparer_.result().mismatched_total};
}

}  // namespace wx
