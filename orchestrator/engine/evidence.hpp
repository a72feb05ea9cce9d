// The evidence on a candidate as it comes in: the ledger's runs with what the store, the journal and the
// manifest's metrics tell of each, kept with the rollout.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/domain/observations.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/samples.hpp"

namespace wx {

// Since when the candidate's runs count in this rollout: its first route or, where a person had a failed step
// begin again, that. `fallback` before both.
WallTime on_trial_since(const Plan& plan, const RolloutJournal& journal, WallTime fallback);

class Evidence {
 public:
  // With what was measured before, by whoever drove the rollout then. `rollout` must outlive this object.
  static Result<Evidence> open(RolloutContext& rollout, WallTime since);

  // Measures runs that have ended since the last look, a bounded number of them. What cannot be read becomes
  // an obstacle and is tried again; the error is one of keeping what was measured.
  Status look(const std::vector<Run>& runs);

  [[nodiscard]] const Samples& samples() const { return samples_; }
  // Metric -> why its data could not be read at the last look.
  [[nodiscard]] const std::map<std::string, std::string>& obstacles() const { return obstacles_; }

 private:
  Evidence(RolloutContext& rollout, WallTime since, Samples samples)
      : rollout_(rollout), since_(since), samples_(std::move(samples)) {}
  [[nodiscard]] bool counts(const Run& run) const;
  [[nodiscard]] bool has_settled(const Run& run) const;
  void learn_route(std::uint64_t generation, std::string& lines);
  void measure_errors(const std::vector<const Run*>& runs, std::map<std::string, bool>& errors);
  void measure_metrics(const Run& run, RunFacts& facts);

  RolloutContext& rollout_;
  WallTime since_;
  Samples samples_;
  std::map<std::string, std::string> obstacles_;
};

// What a judgement of the rollout looks at; the facts are those of `samples`.
ObservationScope observation_scope(const std::string& rollout, WallTime since, const Samples& samples);
// Why a split was not what its route says; empty when each was.
std::string broken_split(const std::vector<Run>& runs, const Samples& samples);

}  // namespace wx
