#include "orchestrator/engine/spare_theirs.hpp"

#include <algorithm>
#include <memory>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/expected.hpp"
#include "orchestrator/engine/foreign.hpp"
#include "orchestrator/engine/open_rollout.hpp"

namespace wx {

namespace {

// By the record alone: what cannot be told is kept.
std::vector<ExpectedFile> recorded_files(const Layout& layout, const Before& before) {
  std::vector<ExpectedFile> out;
  for (const auto& [name, content] : before.units.files)
    out.push_back({layout.unit_dir + "/" + name, FileKind::unit, content, {content}});
  out.push_back({layout.manifest(), FileKind::config, before.manifest, {before.manifest}});
  out.push_back({layout.live_config(), FileKind::config, before.live_config, {before.live_config}});
  return out;
}

bool is_ours(const ExpectedFile& file, const ExpectedFile::Content& present) {
  return present == file.before ||
         std::find(file.contents.begin(), file.contents.end(), present) != file.contents.end();
}

Status keep(RolloutContext& rollout, const std::string& path) {
  WX_LET(const std::string kept, keep_theirs(rollout, path));
  return rollout.journal.append("taken", std::nullopt,
                                {{"path", path},
                                 {"take", "kept"},
                                 {"kept", kept},
                                 {"message", path + " was changed by someone else: kept in " + kept}});
}

// Files of others are not ours to remove, but whoever looks for the reason of a failure should know of them.
Status tell_of_new_others(RolloutContext& rollout, const Before& before) {
  if (!before.surroundings) return {};
  std::vector<std::string> ours;
  for (const auto& [name, content] : before.units.files) ours.push_back(name);
  WX_LET(const auto others, files_of_others(rollout.ports, rollout.layout, ours));
  for (const auto& other : others) {
    const std::string& path = other.first;
    const bool told = std::any_of(
        rollout.journal.records().begin(), rollout.journal.records().end(),
        [&](const auto& record) { return record.kind == "taken" && record.field("path") == path; });
    if (told || before.surroundings->others.contains(path)) continue;
    WX_TRY(rollout.journal.append(
        "taken", std::nullopt,
        {{"path", path}, {"take", "stays"}, {"message", path + " was added by someone else and stays"}}));
  }
  return {};
}

}  // namespace

Result<std::set<std::string>> spare_theirs(RolloutContext& rollout, const std::string& taken_back,
                                           Before& before) {
  const Layout& layout = rollout.layout;
  // A rollback depends on nothing that may be broken, so not on the record of a rollout that has ended.
  std::unique_ptr<RolloutContext> promoted;
  if (taken_back != rollout.plan.id)
    if (auto opened = open_rollout(rollout.ports, layout, taken_back, rollout.units))
      promoted = std::move(*opened);
  RolloutContext* source = taken_back == rollout.plan.id ? &rollout : promoted.get();
  auto expected = recorded_files(layout, before);
  if (source != nullptr)
    if (auto known = expected_files(*source, before)) expected = std::move(*known);

  WX_TRY(tell_of_new_others(rollout, before));
  std::set<std::string> left;
  for (const auto& file : expected) {
    if (is_theirs(rollout.journal, file.path) ||
        (source != nullptr && is_theirs(source->journal, file.path))) {
      left.insert(file.path);
      continue;
    }
    WX_LET(const auto present, content_of(rollout.ports.files, file));
    if (present && !is_ours(file, present)) WX_TRY(keep(rollout, file.path));
  }
  const auto is_left = [&](const auto& unit) { return left.contains(layout.unit_dir + "/" + unit.first); };
  std::erase_if(before.units.files, is_left);
  std::erase_if(before.units.states, is_left);
  return left;
}

std::string told_spared(const RolloutJournal& journal) {
  std::vector<std::string> kept;
  std::vector<std::string> stays;
  for (const auto& record : journal.records()) {
    if (record.kind != "taken") continue;
    if (record.field("take") == "kept") kept.push_back(record.field("kept"));
    if (record.field("take") == "stays") stays.push_back(record.field("path"));
  }
  return (kept.empty() ? "" : "; kept, because somebody else had changed it: " + join(kept, ", ")) +
         (stays.empty() ? "" : "; somebody else's, and left alone: " + join(stays, ", "));
}

}  // namespace wx
