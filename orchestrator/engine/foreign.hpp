// Files that somebody else changed while a rollout is under way (foreign): found, told, kept, replaced or
// left to them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/before.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/expected.hpp"

namespace wx {

struct ForeignFile {
  std::string path;
  FileKind kind = FileKind::unit;
  std::optional<std::string> theirs;  // what is there; none: they removed it
  std::optional<std::string> ours;    // what is put back; none: nothing was there
  bool may_stay = true;               // false for what every step renders anew
};

// What is there now; a link reads as what it names.
Result<std::optional<std::string>> content_of(FileSystem& files, const ExpectedFile& file);

// What differs from the record before the rollout and what its steps wrote since, but for what was left to
// others already. `unavailable` when the manager cannot be asked.
Result<std::vector<ForeignFile>> find_foreign(RolloutContext& rollout);

// Unified diff from ours to theirs, secrets masked.
std::string difference(const ForeignFile& file);
// Each file with its first differences, on one line.
std::string named(const std::vector<ForeignFile>& files);
// What a person reads before deciding.
Error told(const std::vector<ForeignFile>& files);

// Copy what is there to the rollout's evidence; where it lies now. Done again it answers the same.
Result<std::string> keep_theirs(RolloutContext& rollout, const std::string& path);
// Keep theirs, put ours back, and let the manager read it.
Status take_ours(RolloutContext& rollout, const std::vector<ForeignFile>& files);
// From now on the rollout, and whoever takes it back, leaves these files alone. `invalid` for one that cannot
// stay.
Status take_theirs(RolloutContext& rollout, const std::vector<ForeignFile>& files);

// A person left this file to whoever changed it.
bool is_theirs(const RolloutJournal& journal, const std::string& path);
std::vector<UnitFile> without_theirs(const RolloutContext& rollout, std::vector<UnitFile> files);

}  // namespace wx
