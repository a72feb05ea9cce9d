// The verdict on a rollout, computed again from what is stored of it.
#pragma once

#include <optional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/domain/analysis.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/plan.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// What an analyze step asks, without what only the data tell (broken_split, obstacles).
AnalysisQuestion analysis_question(const StepSpec& step, const Manifest& manifest, WallTime started,
                                   WallTime now);

struct Replay {
  std::string rollout;
  Analysis analysis;
  std::string recorded;  // the verdict that was stored then; empty without
};

// The last analysis of a rollout, as it was at its end; of a rollout that analyzed nothing, all its runs
// until the cutover or its end, against what `require: no-harm` asks. Takes no lock and changes nothing.
// not_found for an unknown rollout; `impossible` for one that had no candidate on trial.
Result<Replay> replay_analysis(Ports& ports, const Layout& layout, const std::string& rollout);

}  // namespace wx
