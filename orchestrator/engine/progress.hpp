// Where a rollout stands, read from its journal alone: the same answers after a crash.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/engine/rollout_journal.hpp"
#include "orchestrator/domain/playbook.hpp"

namespace wx {

using Steps = std::vector<StepSpec>;

int index_of(std::size_t i);
// Some step of that kind was begun.
bool begun(const Steps& steps, const RolloutJournal& journal, StepKind kind);
// A person said, since the step was last begun, that it is to count as passed.
bool passed_by_person(const RolloutJournal& journal, int step);
// A person said `promote --full`.
bool promoted_in_full(const RolloutJournal& journal);
// What the step waits for a person with; null when it does not.
const JournalRecord* waits_with(const RolloutJournal& journal, int step);
// The engine has dealt with that request.
bool request_known(const RolloutJournal& journal, const std::string& id);
// The last share that a person asked for since the last route step was done; null without.
const JournalRecord* reweighted(const Steps& steps, const RolloutJournal& journal);
// A step that waits for evidence or for a person, before the cutover: `promote --full` leaves it out.
bool skipped_in_full(const Steps& steps, std::size_t step);
// A person may let it count as passed: it judges, it changes nothing.
bool may_be_passed(StepKind kind);

}  // namespace wx
