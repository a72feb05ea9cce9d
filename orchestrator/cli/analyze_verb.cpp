// analyze --replay: the verdict on a rollout, computed again from the ledger and what was measured then.

#include "common/core/text.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/domain/figures.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/replay.hpp"

namespace wx {

namespace {

using nlohmann::json;

ExitStatus exit_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return ExitStatus::done;
    case Verdict::fail:
      return ExitStatus::failed;
    case Verdict::inconclusive:
    case Verdict::insufficient:
      return ExitStatus::undecided;
    case Verdict::error:
      return ExitStatus::environment;
    case Verdict::cancelled:
      return ExitStatus::interrupted;
  }
  return ExitStatus::bug;
}

Tone tone_of(Verdict verdict) {
  if (verdict == Verdict::pass) return Tone::good;
  return verdict == Verdict::fail || verdict == Verdict::error ? Tone::bad : Tone::warn;
}

json replay_json(const Replay& replay) {
  json metrics = json::array();
  for (const auto& finding : replay.analysis.findings)
    metrics.push_back({{"name", finding.metric},
                       {"candidate", or_null(finding.candidate)},
                       {"active", or_null(finding.active)},
                       {"unit", text_or_null(finding.unit)},
                       {"n", finding.n},
                       {"threshold", text_or_null(finding.threshold)},
                       {"verdict", to_string(finding.state)},
                       {"message", text_or_null(finding.message)},
                       {"change", text_or_null(finding.change)}});
  return {{"rollout", replay.rollout},
          {"verdict", to_string(replay.analysis.verdict)},
          {"recorded", text_or_null(replay.recorded)},
          {"message", replay.analysis.message},
          {"change", text_or_null(replay.analysis.change)},
          {"blamed", replay.analysis.blamed},
          {"runs", {{"candidate", replay.analysis.candidate_runs}, {"active", replay.analysis.active_runs}}},
          {"metrics", metrics}};
}

void print_replay(const World& world, const Replay& replay) {
  const auto shown = [](const std::optional<double>& value, const std::string& unit) {
    return value ? figure(*value, unit) : std::string("-");
  };
  std::vector<std::vector<std::string>> rows{{"metric", "candidate", "active", "n", "verdict", "allowed"}};
  for (const auto& finding : replay.analysis.findings)
    rows.push_back({finding.metric, shown(finding.candidate, finding.unit),
                    shown(finding.active, finding.unit), std::to_string(finding.n),
                    std::string(to_string(finding.state)),
                    finding.threshold.empty() ? "-" : finding.threshold});
  print(table(world, rows));
  const Analysis& analysis = replay.analysis;
  print_line(toned(world, tone_of(analysis.verdict), to_string(analysis.verdict)) + ": " + analysis.message);
  if (!analysis.change.empty()) print_line("What would change it: " + analysis.change);
  if (!replay.recorded.empty() && replay.recorded != to_string(analysis.verdict))
    print_line("The verdict that was stored then is " + replay.recorded + ".");
}

Result<int> analyze(World& world, const std::string& rollout) {
  WX_LET(const std::string app, chosen_app(world));
  const Layout layout = layout_of(world.places.home, app, "");
  WX_LET(const Replay replay, replay_analysis(world.ports, layout, rollout));
  if (world.options.json)
    print_line(dump(replay_json(replay)));
  else
    print_replay(world, replay);
  return to_int(exit_of(replay.analysis.verdict));
}

}  // namespace

int verb_analyze(World& world, const std::string& rollout) {
  return told(world, analyze(world, rollout));
}

}  // namespace wx
