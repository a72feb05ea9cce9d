#include "orchestrator/engine/host_look.hpp"

#include <algorithm>
#include <iterator>

#include "common/core/text.hpp"
#include "orchestrator/engine/foreign.hpp"
#include "orchestrator/engine/foreign_generation.hpp"
#include "orchestrator/engine/progress.hpp"

namespace wx {

namespace {

constexpr std::size_t lines_shown = 40;

struct Decision {
  std::string take;                // ours, theirs; empty: look again
  std::vector<std::string> paths;  // what the person was shown and what has not been settled since
};

Decision decision_on(const RolloutJournal& journal, int step) {
  Decision decision;
  for (const auto& record : journal.records()) {
    if (record.kind == "phase" && record.step == step && record.field("by") == "drift")
      decision = {"", split(record.field("files"), '\n')};
    if (record.kind == "request" && record.step == step && record.field("verb") == "retry")
      decision.take = record.field("take");
    if (record.kind == "taken") std::erase(decision.paths, record.field("path"));
  }
  return decision;
}

Status show(RolloutContext& rollout, int step, const ForeignFile& file) {
  auto lines = split(trim(difference(file)), '\n');
  if (lines.size() > lines_shown) {
    lines.resize(lines_shown);
    lines.emplace_back("…");
  }
  for (const auto& line : lines)
    if (!line.empty()) WX_TRY(rollout.note(line, step));
  return {};
}

Status wait_for_person(RolloutContext& rollout, int step, const std::vector<ForeignFile>& files,
                       const Error& why) {
  std::vector<std::string> paths;
  for (const auto& file : files) {
    paths.push_back(file.path);
    WX_TRY(show(rollout, step, file));
  }
  return rollout.journal.append("phase", step,
                                {{"phase", "Paused"},
                                 {"by", "drift"},
                                 {"verdict", "inconclusive"},
                                 {"files", join(paths, "\n")},
                                 {"message", why.message},
                                 {"remedy", why.remedy},
                                 {"exit", std::to_string(to_int(ExitStatus::undecided))}});
}

// The manager may have read another version of what is on the disk now. Asked where units are about to be written: it takes as
// long as all the rest of a look.
Status reload_if_stale(RolloutContext& rollout, int step) {
  const StepKind kind = rollout.plan.steps[static_cast<std::size_t>(step)].kind;
  if (kind != StepKind::install && kind != StepKind::cutover) return {};
  std::vector<std::string> units{rollout.manifest.service};
  if (rollout.manifest.timer) units.push_back(rollout.manifest.timer->unit);
  for (const auto& name : units) {
    WX_LET(const UnitState state, rollout.ports.systemd.unit(name));
    if (!state.need_daemon_reload) continue;
    WX_TRY(rollout.ports.systemd.reload());
    return rollout.note("systemd had not read " + name + " as it is on the disk: reloaded", step);
  }
  return {};
}

// There is no way back any more: nothing is asked, and nothing is lost.
Status keep_all(RolloutContext& rollout, int step, const std::vector<ForeignFile>& files) {
  for (const auto& file : files) {
    if (!file.theirs) continue;
    WX_LET(const std::string kept, keep_theirs(rollout, file.path));
    WX_TRY(rollout.note(file.path + " was changed by someone else: kept in " + kept, step));
  }
  return {};
}

}  // namespace

bool looks_first(StepKind kind) {
  switch (kind) {
    case StepKind::install:
    case StepKind::configure:
    case StepKind::gate:
    case StepKind::route:
    case StepKind::cutover:
    case StepKind::reconcile:
    case StepKind::confirm:
      return true;
    default:
      return false;
  }
}

Result<bool> settle_foreign(RolloutContext& rollout, int step) {
  WX_LET(auto files, find_foreign(rollout));
  WX_LET(auto in_use, find_foreign_generation(rollout));
  std::move(in_use.begin(), in_use.end(), std::back_inserter(files));
  if (begun(rollout.plan.steps, rollout.journal, StepKind::confirm)) {
    WX_TRY(keep_all(rollout, step, files));
    return true;
  }
  const Decision decision = decision_on(rollout.journal, step);
  std::vector<ForeignFile> decided;
  std::vector<ForeignFile> open;
  for (auto& file : files) {
    const bool known = !decision.take.empty() && std::find(decision.paths.begin(), decision.paths.end(),
                                                           file.path) != decision.paths.end();
    (known ? decided : open).push_back(std::move(file));
  }
  if (!decided.empty()) {
    const Status taken =
        decision.take == "ours" ? take_ours(rollout, decided) : take_theirs(rollout, decided);
    if (!taken && taken.error().code == Code::unavailable) return taken.error();
    if (!taken) {
      open.insert(open.end(), decided.begin(), decided.end());
      WX_TRY(wait_for_person(rollout, step, open, taken.error()));
      return false;
    }
  }
  if (!open.empty()) {
    WX_TRY(wait_for_person(rollout, step, open, told(open)));
    return false;
  }
  WX_TRY(reload_if_stale(rollout, step));
  return true;
}

}  // namespace wx
