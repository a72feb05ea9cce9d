#include "orchestrator/domain/observations.hpp"

#include <algorithm>
#include <unordered_map>

namespace wx {

namespace {

bool is_candidate(const Run& run) {
  return run.role == "candidate";
}

// The counted runs of one block in the order in which they began.
struct Block {
  std::vector<const Run*> runs;
  std::unordered_map<const Run*, const Run*> fallbacks;  // by the run that failed
  RouteShare share;

  [[nodiscard]] bool holds(const Run& run) const {
    return !runs.empty() && run.block == runs.back()->block && run.generation == runs.back()->generation;
  }
};

class Observer {
 public:
  Observer(const std::vector<Run>& runs, const ObservationScope& scope) : runs_(runs), scope_(scope) {}

  Observations observe() {
    for (const auto& run : runs_) {
      if (run.at < scope_.since || run.rollout != scope_.rollout) continue;
      by_id_.emplace(run.id, &run);
      if (finished(run)) ++finished_;
      if (run.counted || run.fallback) take(run);
    }
    close_block();
    out_.interval = median_gap();
    out_.left_out = finished_ - out_.candidate_runs - out_.active_runs - fallbacks_;
    return std::move(out_);
  }

 private:
  // It has ended, within the time that is looked at.
  [[nodiscard]] bool ended(const Run& run) const {
    if (!run.result) return false;
    return !scope_.until || run.at + Millis{run.duration_ms.value_or(0)} <= *scope_.until;
  }
  [[nodiscard]] bool finished(const Run& run) const { return ended(run) && *run.result != "lost"; }

  void take(const Run& run) {
    if (scope_.until && run.at > *scope_.until) return;
    if (run.fallback) {  // in the activation of the run that failed, which is the newest
      if (!block_.runs.empty()) block_.fallbacks[block_.runs.back()] = &run;
      return;
    }
    if (is_candidate(run)) {
      out_.newest_candidate = run.at + Millis{run.duration_ms.value_or(0)};
      out_.candidate_runs_now = !ended(run);
    }
    if (run.trigger == "timer" && !run.mirror_of) ticks_.push_back(run.at);
    if (run.mirror_of)
      take_pair(run);
    else if (run.block && run.position)
      take_place(run);
    if (!is_candidate(run) && ended(run)) active_before_ = &run;
  }

  void take_pair(const Run& run) {
    const auto route = scope_.routes.find(run.generation);
    if (route != scope_.routes.end()) out_.block_size = block_shape(route->second.percent).size;
    const auto peer = by_id_.find(*run.mirror_of);
    if (peer == by_id_.end() || !finished(run) || !finished(*peer->second)) return;
    ObservationUnit unit;
    unit.mirrored = true;
    unit.candidate.push_back(sample(run, peer->second));
    unit.active.push_back(sample(*peer->second, nullptr));
    add(std::move(unit));
  }

  void take_place(const Run& run) {
    const auto route = scope_.routes.find(run.generation);
    if (route == scope_.routes.end() || route->second.mode != RouteMode::split) return;
    if (block_.holds(run) && run.position == block_.runs.back()->position) {
      block_.runs.pop_back();  // it never began, and its place was taken again
    } else if (!block_.holds(run) || run.position < block_.runs.back()->position) {
      close_block();
      block_.share = route->second;
      out_.block_size = block_shape(route->second.percent).size;
    }
    block_.runs.push_back(&run);
    before_[&run] = active_before_;
  }

  void close_block() {
    const Block block = std::exchange(block_, {});
    if (block.runs.size() != block_shape(block.share.percent).size) return;
    ObservationUnit unit;
    std::size_t fallbacks = 0;
    for (const Run* run : block.runs) {
      const auto fallback = block.fallbacks.find(run);
      const bool made_good = fallback != block.fallbacks.end();
      const Run* peer = made_good ? fallback->second : before_.at(run);
      if (!ended(*run) || (made_good && !ended(*peer))) return;
      if (made_good && finished(*peer)) ++fallbacks;
      if (!finished(*run)) continue;
      if (is_candidate(*run))
        unit.candidate.push_back(sample(*run, peer));
      else
        unit.active.push_back(sample(*run, nullptr));
    }
    if (unit.candidate.empty() || unit.active.empty()) return;
    fallbacks_ += fallbacks;
    add(std::move(unit));
  }

  [[nodiscard]] Sample sample(const Run& run, const Run* peer) const {
    Sample out;
    out.run = run.id;
    out.at = run.at;
    out.failed = !succeeded(run);
    out.attributable = out.failed && peer != nullptr && succeeded(*peer);
    if (run.duration_ms) out.duration_ms = static_cast<double>(*run.duration_ms);
    if (run.memory_peak_bytes) out.memory_bytes = static_cast<double>(*run.memory_peak_bytes);
    if (const auto facts = scope_.facts.find(run.id); facts != scope_.facts.end()) out.facts = facts->second;
    return out;
  }

  void add(ObservationUnit unit) {
    out_.candidate_runs += unit.candidate.size();
    out_.active_runs += unit.active.size();
    out_.units.push_back(std::move(unit));
  }

  [[nodiscard]] std::optional<Micros> median_gap() const {
    std::vector<Micros> gaps;
    for (std::size_t i = 1; i < ticks_.size(); ++i) gaps.push_back(ticks_[i] - ticks_[i - 1]);
    if (gaps.empty()) return std::nullopt;
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    return *middle;
  }

  const std::vector<Run>& runs_;
  const ObservationScope& scope_;
  std::unordered_map<std::string, const Run*> by_id_;
  std::unordered_map<const Run*, const Run*> before_;  // the active run that had ended when this one began
  const Run* active_before_ = nullptr;
  Block block_;
  std::vector<WallTime> ticks_;
  std::size_t finished_ = 0;
  std::size_t fallbacks_ = 0;
  Observations out_;
};

}  // namespace

Observations observe(const std::vector<Run>& runs, const ObservationScope& scope) {
  return Observer(runs, scope).observe();
}

}  // namespace wx
