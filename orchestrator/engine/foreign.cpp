#include "orchestrator/engine/foreign.hpp"

#include <algorithm>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "common/yaml/merge.hpp"
#include "orchestrator/domain/unit_diff.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/progress.hpp"

namespace wx {

namespace {

constexpr std::uint64_t largest_foreign_file = 16ull << 20;

Status add_files(RolloutContext& rollout, const Before& before, std::vector<ForeignFile>& out) {
  WX_LET(const auto expected, expected_files(rollout, before));
  for (const auto& file : expected) {
    if (is_theirs(rollout.journal, file.path)) continue;
    WX_LET(auto present, content_of(rollout.ports.files, file));
    const bool ours = std::find(file.contents.begin(), file.contents.end(), present) != file.contents.end();
    if (!ours) out.push_back({file.path, file.kind, std::move(present), file.contents.front()});
  }
  return {};
}

// Drop-ins and hiding files that came, went or changed since the record was made.
Status add_others(RolloutContext& rollout, const Before& before, std::vector<ForeignFile>& out) {
  if (!before.surroundings) return {};
  std::vector<std::string> ours;
  for (const auto& [name, content] : before.units.files) ours.push_back(name);
  WX_LET(auto now, files_of_others(rollout.ports, rollout.layout, ours));
  const auto& then = before.surroundings->others;
  for (const auto& [path, content] : then)
    if (const auto found = now.find(path); found == now.end() || found->second != content) {
      if (!is_theirs(rollout.journal, path))
        out.push_back({path, FileKind::unit, found == now.end() ? std::nullopt : std::optional(found->second),
                       content});
    }
  for (const auto& [path, content] : now)
    if (!then.contains(path) && !is_theirs(rollout.journal, path))
      out.push_back({path, FileKind::unit, content, std::nullopt});
  return {};
}

std::string place_in_evidence(const RolloutContext& rollout, const std::string& path) {
  const std::string& units = rollout.layout.unit_dir;
  const std::string name = path.starts_with(units + "/") ? "units" + path.substr(units.size())
                           : parent_path(path) == rollout.layout.config_dir ? base_name(path)
                                                                            : "root" + path;
  return rollout.layout.evidence(rollout.plan.id) + "/foreign/" + name;
}

bool same_file(FileSystem& files, const std::string& a, const std::string& b) {
  const auto left = files.info(a);
  const auto right = files.info(b);
  if (!left || !right || left->type != right->type) return false;
  if (left->type == FileType::symlink)
    return files.read_link(a).value_or("a") == files.read_link(b).value_or("b");
  return files.sha256(a).value_or("a") == files.sha256(b).value_or("b");
}

Status put_back(RolloutContext& rollout, const ForeignFile& file) {
  FileSystem& files = rollout.ports.files;
  if (file.path == rollout.layout.current()) {
    WX_LET(const auto hold, files.lock(rollout.layout.hold(), LockMode::exclusive, hold_wait_ms));
    return replace_link(files, file.path, file.ours.value_or(""));
  }
  if (!file.ours) {
    WX_TRY(files.remove_file(file.path));
    return files.sync_directory(parent_path(file.path));
  }
  WX_TRY(make_directories(files, parent_path(file.path), 0755));
  return replace_file(files, file.path, *file.ours, file.kind == FileKind::unit ? 0644 : 0600);
}

// A timer whose file was taken away elapses no more, even where the manager still calls it active: then
// starting it does nothing.
Status start_again(RolloutContext& rollout, const ForeignFile& file) {
  const std::string name = base_name(file.path);
  if (!name.ends_with(".timer") || file.path != rollout.layout.unit_dir + "/" + name || !file.ours) return {};
  WX_LET(const Before before,
         read_before(rollout.ports.files, rollout.layout.rollout(rollout.plan.id) + "/before"));
  const auto state = before.units.states.find(name);
  const bool was_active = state != before.units.states.end() && state->second.active;
  const bool is_new = rollout.manifest.timer && rollout.manifest.timer->unit == name &&
                      begun(rollout.plan.steps, rollout.journal, StepKind::cutover);
  if (!was_active && !is_new) return {};
  WX_LET(const JobResult job, rollout.ports.systemd.restart(name, job_wait));
  if (job == JobResult::done) return {};
  return Error{Code::inconclusive,
               "cannot start " + name + ": its job ended as " + std::string(to_string(job)),
               "systemctl --user status " + name};
}

Status record(RolloutContext& rollout, const ForeignFile& file, const std::string& whose,
              const std::string& message) {
  return rollout.journal.append("taken", std::nullopt,
                                {{"path", file.path}, {"take", whose}, {"message", message}});
}

}  // namespace

Result<std::optional<std::string>> content_of(FileSystem& files, const ExpectedFile& file) {
  if (file.kind == FileKind::unit) return read_unit_file(files, file.path);
  const auto real = files.real_path(file.path);
  return read_if_present(files, real ? *real : file.path, largest_foreign_file);
}

Result<std::vector<ForeignFile>> find_foreign(RolloutContext& rollout) {
  std::vector<ForeignFile> out;
  WX_LET(const Before before,
         read_before(rollout.ports.files, rollout.layout.rollout(rollout.plan.id) + "/before"));
  WX_TRY(add_files(rollout, before, out));
  WX_TRY(add_others(rollout, before, out));
  return out;
}

std::string difference(const ForeignFile& file) {
  const std::string ours = file.ours.value_or("");
  const std::string theirs = file.theirs.value_or("");
  return file.kind == FileKind::unit ? masked_unit_diff(ours, theirs, file.path)
                                     : yaml::masked_diff(ours, theirs, file.path);
}

std::string named(const std::vector<ForeignFile>& files) {
  std::vector<std::string> parts;
  for (const auto& file : files) {
    const std::string changes = in_short(difference(file));
    const std::string how = !file.theirs ? "removed" : !file.ours ? "added: " + changes : changes;
    parts.push_back(file.path + " (" + (how.empty() ? "only in what is not shown" : how) + ")");
  }
  return join(parts, "; ");
}

Error told(const std::vector<ForeignFile>& files) {
  return {Code::inconclusive, "changed by someone else while the rollout is under way: " + named(files),
          "wxctl retry --take-ours, wxctl retry --take-theirs, or wxctl abort"};
}

Result<std::string> keep_theirs(RolloutContext& rollout, const std::string& path) {
  FileSystem& files = rollout.ports.files;
  const std::string place = place_in_evidence(rollout, path);
  WX_TRY(make_directories(files, parent_path(place), 0700));
  std::string kept = place;
  for (int copy = 2; exists(files, kept); ++copy) {
    if (same_file(files, path, kept)) return kept;
    kept = place + "." + std::to_string(copy);
  }
  WX_LET(const FileInfo info, files.info(path));
  if (info.type == FileType::symlink) {
    WX_LET(const std::string target, files.read_link(path));
    WX_TRY(files.symlink(target, kept));
  } else {
    WX_TRY(files.copy_file(path, kept, 0600));
  }
  WX_TRY(files.sync_directory(parent_path(kept)));
  return kept;
}

Status take_ours(RolloutContext& rollout, const std::vector<ForeignFile>& files) {
  bool units = false;
  for (const auto& file : files) {
    std::string message = file.path + ": ours is back";
    if (file.theirs) {
      WX_LET(const std::string kept, keep_theirs(rollout, file.path));
      message += ", theirs is kept in " + kept;
    }
    WX_TRY(put_back(rollout, file));
    WX_TRY(record(rollout, file, "ours", message));
    units = units || file.kind == FileKind::unit;
  }
  if (units) WX_TRY(rollout.ports.systemd.reload());
  for (const auto& file : files) WX_TRY(start_again(rollout, file));
  return {};
}

Status take_theirs(RolloutContext& rollout, const std::vector<ForeignFile>& files) {
  for (const auto& file : files)
    if (!file.may_stay)
      return Error{Code::inconclusive,
                   file.path + " cannot stay as it is: each change of the route renders it anew",
                   "wxctl retry --take-ours; what is to stay belongs into " + rollout.layout.live_config() +
                       " or the manifest"};
  for (const auto& file : files)
    WX_TRY(record(rollout, file, "theirs",
                  file.path + ": theirs stays; this rollout leaves it alone from now on"));
  return {};
}

bool is_theirs(const RolloutJournal& journal, const std::string& path) {
  return std::any_of(journal.records().begin(), journal.records().end(), [&](const JournalRecord& record) {
    return record.kind == "taken" && record.field("take") == "theirs" && record.field("path") == path;
  });
}

std::vector<UnitFile> without_theirs(const RolloutContext& rollout, std::vector<UnitFile> files) {
  std::erase_if(files, [&](const UnitFile& file) {
    return is_theirs(rollout.journal, rollout.layout.unit_dir + "/" + file.name);
  });
  return files;
}

}  // namespace wx
