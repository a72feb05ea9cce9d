// preflight, backup, install, configure: everything before a run is routed.
#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "common/yaml/merge.hpp"
#include "orchestrator/engine/backup.hpp"
#include "orchestrator/engine/check_runner.hpp"
#include "orchestrator/engine/flush.hpp"
#include "orchestrator/engine/foreign.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/points_home.hpp"
#include "orchestrator/engine/preflight.hpp"
#include "orchestrator/engine/rollout_units.hpp"
#include "orchestrator/engine/steps.hpp"
#include "orchestrator/engine/store_access.hpp"
#include "orchestrator/engine/units.hpp"

namespace wx {

namespace {

constexpr std::size_t most_state_entries = 200'000;

// The state of whatever release was in the slot before becomes evidence of this rollout; once only, also
// after a crash. An empty one stands for none: it tells an undo that the state that it finds is the new
// release's.
Status clear_slot_state(RolloutContext& rollout) {
  FileSystem& files = rollout.ports.files;
  const std::string state = rollout.layout.slot_state(rollout.plan.target);
  const std::string evidence = rollout.layout.evidence(rollout.plan.id);
  const std::string kept = evidence + "/state-before";
  if (rollout.journal.last("cleared") != nullptr) return make_directories(files, state, 0700);
  WX_TRY(make_directories(files, evidence, 0700));
  const bool used = exists(files, state);
  // A rename between directories may be found half done after a power cut, with both names there.
  std::string place = kept;
  while (used && exists(files, place)) place += "-again";
  if (used)
    WX_TRY(files.rename(state, place));
  else
    WX_TRY(make_directories(files, kept, 0700));
  WX_TRY(files.sync_directory(evidence));
  if (used) WX_TRY(files.sync_directory(rollout.layout.slot_dir(rollout.plan.target)));
  WX_TRY(rollout.journal.append("cleared", std::nullopt, {{"kept", kept}}));
  return make_directories(files, state, 0700);
}

// A run that outlives its rollout ends in its own state, and what its spool holds is on its way before the
// slot is used again.
Status await_slot(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  if (rollout.plan.first() || rollout.journal.last("cleared") != nullptr) return {};
  const Slot slot = rollout.plan.target;
  const std::string name(to_string(slot));
  WX_LET(const bool idle, wait_idle(run, slot, rollout.manifest.program.drain));
  if (!idle)
    return Error{Code::undecided, "the run before in " + name + " has not ended within program.drain",
                 "wxctl retry, or wxctl abort"};
  const auto state = rollout.ports.files.list(rollout.layout.slot_state(slot));
  if (!state || state->empty()) return {};
  auto flushed = flush_slot(rollout.ports, rollout.layout, slot, run.pulse);
  if (flushed || flushed.error().code != Code::failed) return flushed;
  return Error{Code::undecided, flushed.error().message,
               "wxctl retry when its store takes points again, or wxctl abort"};
}

// A slot that goes back to a backup begins with its state; whole or not at all.
Status fill_slot_state(RolloutContext& rollout) {
  if (rollout.plan.state_source.empty()) return {};
  FileSystem& files = rollout.ports.files;
  const std::string state = rollout.layout.slot_state(rollout.plan.target);
  const std::string beside = state + ".new";
  WX_LET(const auto present, files.list(state));
  if (!present.empty()) return {};
  WX_TRY(files.remove_tree(beside));
  WX_TRY(copy_tree(files, rollout.plan.state_source, beside, most_state_entries));
  WX_TRY(files.remove_tree(state));
  WX_TRY(files.rename(beside, state));
  return files.sync_directory(rollout.layout.slot_dir(rollout.plan.target));
}

Result<std::optional<std::string>> first_config(RolloutContext& rollout) {
  if (!rollout.manifest.config) return std::optional<std::string>{};
  if (rollout.config_source) return rollout.config_source;
  const std::string path =
      rollout.layout.release(rollout.plan.to.id) + "/" + rollout.manifest.config->template_file;
  WX_LET(std::string text, rollout.ports.files.read(path, largest_config));
  return std::optional<std::string>{std::move(text)};
}

Result<Generation> current_or_new(RolloutContext& rollout) {
  WX_LET(auto present, rollout.generations.current());
  Generation generation = present.value_or(Generation{});
  generation.route.app = rollout.plan.app;
  return generation;
}

// Ask the release itself for its version where release.json does not say it.
Result<std::string> settle_version(RolloutContext& rollout, Generation generation, std::uint64_t number) {
  const CheckTarget target{rollout.ports, rollout.layout, rollout.manifest,
                           generation,    number,         rollout.plan.target};
  WX_LET(const ReleaseInfo stored, rollout.releases.verify(rollout.plan.to.id));
  WX_LET(const auto version, ask_version(target));
  if (stored.declares_version) return stored.version;
  return version && !version->empty() ? *version : rollout.plan.to.version;
}

}  // namespace

Result<std::string> preflight_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  const auto checks = preflight_checks(PreflightScope{rollout.ports, rollout.layout, rollout.manifest,
                                                      rollout.plan.steps, rollout.plan.source, rollout.units});
  std::vector<std::string> fine;
  for (const auto& check : checks) {
    if (check.status == CheckStatus::fail)
      return Error{Code::failed, check.id + ": " + check.message, check.remedy};
    if (check.status == CheckStatus::warn)
      WX_TRY(rollout.note(check.id + ": " + check.message + " -> " + check.remedy, run.index));
    if (check.status == CheckStatus::pass)
      fine.push_back(check.id == "manager" || check.id == "disk" ? check.message : check.id);
  }
  return "fit for it: " + join(fine, ", ");
}

Result<std::string> backup_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  if (rollout.plan.first()) return std::string("nothing to back up yet");
  Backups backups(rollout.ports, rollout.layout);
  WX_LET(const BackupInfo backup, backups.create(rollout.manifest.program.drain, run.pulse));
  return backup.id + ", " + plural(backup.files, "file") + ", verified";
}

Result<std::string> install_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  Ports& ports = rollout.ports;
  const Plan& plan = rollout.plan;
  const Layout& layout = rollout.layout;
  Units units(ports, layout);

  if (auto stored = rollout.releases.verify(plan.to.id); !stored) {
    WX_LET(const ReleaseInfo info, rollout.releases.inspect(plan.source));
    if (info.id != plan.to.id)
      return Error{
          Code::failed,
          plan.source + " changed since the plan was made (" + plan.to.id + " then, " + info.id + " now)",
          "deploy again when its build is finished"};
    WX_TRY(rollout.releases.import(info, plan.source));
  }
  WX_TRY(await_slot(run));
  WX_TRY(clear_slot_state(rollout));
  WX_TRY(fill_slot_state(rollout));
  WX_TRY(make_directories(ports.files, layout.shared(), 0700));
  WX_TRY(make_directories(ports.files, layout.tickets(), 0700));
  WX_TRY(make_directories(ports.files, layout.checks(), 0700));
  if (rollout.manifest.store && rollout.manifest.store->kind == "sqlite")
    WX_TRY(ports.stores.create(store_path(layout, *rollout.manifest.store)));

  WX_LET(const std::string emptied, empty_candidate_bucket(rollout, run.pulse));
  if (!emptied.empty()) WX_TRY(rollout.note(emptied, run.index));

  WX_LET(Generation generation, current_or_new(rollout));
  Route& route = generation.route;
  route.candidate = plan.target;
  route.mode = RouteMode::none;
  route.percent = 0;
  route.rollout = plan.id;
  if (plan.first()) {
    route.entry = rollout.manifest.service;
    route.timer = rollout.manifest.timer ? std::optional(rollout.manifest.timer->unit) : std::nullopt;
    route.count_all = rollout.manifest.count_all;
    route.repeatable = rollout.manifest.program.repeatable;
  }
  WX_LET(auto config, first_config(rollout));
  generation.slot(plan.target) =
      SlotSpec{plan.to.id, plan.to.version, rollout.manifest_text, std::move(config)};

  WX_LET(const RolloutUnits unit_files, settle_units(rollout));
  std::vector<UnitFile> files = unit_files.slot;
  if (plan.first()) files.push_back(template_of(rollout, unit_files));
  WX_LET(const bool changed, units.write(without_theirs(rollout, std::move(files))));
  WX_LET(std::uint64_t number, rollout.generations.commit(generation));
  if (changed) WX_TRY(ports.systemd.reload());
  WX_TRY(enable_unit(ports, layout, layout.resume_unit()));
  WX_LET(const std::string version, settle_version(rollout, generation, number));
  if (version != plan.to.version) {
    WX_TRY(rollout.journal.append("measure", run.index, {{"version", version}}));
    generation.slot(plan.target)->version = version;
    WX_LET(number, rollout.generations.commit(generation));
  }
  return "release " + version + " (" + plan.to.id + ") is in slot " + std::string(to_string(plan.target));
}

Result<std::string> configure_step(const StepRun& run) {
  RolloutContext& rollout = run.rollout;
  if (!rollout.manifest.config) return std::string("the app has no config");
  if (run.spec.config == "keep") return std::string("the config stays as it is");
  WX_LET(auto generation, rollout.generations.current());
  if (!generation || !generation->slot(rollout.plan.target))
    return Error{Code::bug, "configure before install", "report the playbook"};
  const std::string path =
      rollout.layout.release(rollout.plan.to.id) + "/" + rollout.manifest.config->template_file;
  WX_LET(const std::string defaults, rollout.ports.files.read(path, largest_config));
  auto& source = generation->slot(rollout.plan.target)->config_source;
  WX_LET(const yaml::Merged merged,
         yaml::merge_defaults(rollout.layout.live_config(), source.value_or(""), path, defaults));
  for (const auto& line : split(yaml::masked_diff(source.value_or(""), merged.text, "config"), '\n'))
    if (!line.empty()) WX_TRY(rollout.note(line, run.index));
  if (!merged.unknown.empty())
    WX_TRY(rollout.note("kept, though the release does not know them: " + join(merged.unknown, ", "),
                        run.index));
  source = merged.text;
  WX_LET(const std::uint64_t number, rollout.generations.commit(*generation));
  static_cast<void>(number);
  if (merged.added.empty()) return std::string("the config has every setting already");
  return "added to the config: " + join(merged.added, ", ");
}

}  // namespace wx
