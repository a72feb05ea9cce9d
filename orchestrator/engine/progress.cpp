#include "orchestrator/engine/progress.hpp"

#include <algorithm>

namespace wx {

namespace {

bool is_request(const JournalRecord& record, std::string_view verb) {
  return record.kind == "request" && record.field("verb") == verb;
}

}  // namespace

int index_of(std::size_t i) {
  return static_cast<int>(i);
}

bool begun(const Steps& steps, const RolloutJournal& journal, StepKind kind) {
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].kind == kind && journal.first("intent", index_of(i)) != nullptr) return true;
  return false;
}

bool passed_by_person(const RolloutJournal& journal, int step) {
  bool passed = false;
  for (const auto& record : journal.records()) {
    if (record.step != step) continue;
    if (record.kind == "intent") passed = false;
    if (is_request(record, "promote")) passed = true;
  }
  return passed;
}

bool promoted_in_full(const RolloutJournal& journal) {
  return std::any_of(journal.records().begin(), journal.records().end(), [](const JournalRecord& record) {
    return is_request(record, "promote") && record.field("full") == "yes";
  });
}

const JournalRecord* waits_with(const RolloutJournal& journal, int step) {
  const JournalRecord* waits = nullptr;
  for (const auto& record : journal.records()) {
    if (record.kind == "phase" && record.step == step && record.field("phase") == "Paused") waits = &record;
    const bool goes_on = record.kind == "intent" || record.kind == "undo" ||
                         (record.kind == "request" && record.field("verb") != "pause" && record.field("verb") != "route");
    if (goes_on) waits = nullptr;
  }
  return waits;
}

bool request_known(const RolloutJournal& journal, const std::string& id) {
  return std::any_of(journal.records().begin(), journal.records().end(), [&](const JournalRecord& record) {
    return record.kind == "request" && record.field("id") == id;
  });
}

const JournalRecord* reweighted(const Steps& steps, const RolloutJournal& journal) {
  const JournalRecord* share = nullptr;
  for (const auto& record : journal.records()) {
    if (is_request(record, "route")) share = &record;
    const bool routed = record.kind == "result" && record.step &&
                        steps[static_cast<std::size_t>(*record.step)].kind == StepKind::route &&
                        record.field("skipped").empty();
    if (routed) share = nullptr;
  }
  return share;
}

bool skipped_in_full(const Steps& steps, std::size_t step) {
  const auto cutover = std::find_if(steps.begin(), steps.end(),
                                    [](const StepSpec& spec) { return spec.kind == StepKind::cutover; });
  const bool before = static_cast<std::ptrdiff_t>(step) < cutover - steps.begin();
  const StepKind kind = steps[step].kind;
  return before && (kind == StepKind::analyze || kind == StepKind::pause || kind == StepKind::route || kind == StepKind::soak);
}

bool may_be_passed(StepKind kind) {
  return kind == StepKind::analyze || kind == StepKind::pause || kind == StepKind::soak || kind == StepKind::gate;
}

}  // namespace wx
