#include "orchestrator/engine/deploy.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "common/yaml/document.hpp"
#include "common/yaml/merge.hpp"
#include "orchestrator/domain/lint.hpp"
#include "orchestrator/domain/tailor.hpp"
#include "orchestrator/engine/before.hpp"
#include "orchestrator/engine/digest.hpp"
#include "orchestrator/engine/gates.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/rollout.hpp"
#include "orchestrator/engine/rollout_journal.hpp"
#include "orchestrator/engine/timer_outlook.hpp"
#include "orchestrator/engine/units.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::uint64_t largest_input = 4ull << 20;

// A relative `release:` would mean something else once the manifest is installed elsewhere.
Result<std::string> installable_manifest(const std::string& file, const std::string& text,
                                         const std::string& release) {
  if (release.empty() || release.starts_with('/')) return text;
  return yaml::set_values(file, text, {{"release", parent_path(file) + "/" + release}});
}

// A gate that waits for runs waits as long as they take, with room for one more each time.
void give_gates_time(std::vector<StepSpec>& steps, const Cadence& cadence, Micros program_timeout) {
  const auto expectations = expected(steps, cadence, program_timeout, true);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    StepSpec& step = steps[i];
    if (step.kind != StepKind::gate || step.after_runs == 0) continue;
    const auto needed = expectations[i].needs;
    if (needed) step.limit = *needed * 2 + program_timeout * (step.after_runs + 1);
  }
}

// The steps as this app gets them; `invalid` for a playbook that the linter refuses.
Status settle_steps(const Playbook& playbook, PreparedRollout& prepared) {
  LintScope scope{&prepared.manifest, known_check_ids(prepared.manifest), prepared.cadence, prepared.plan.first()};
  if (prepared.already_active) scope.cadence = std::nullopt;  // nothing is waited for
  prepared.warnings = lint(playbook, scope);
  WX_TRY(refusal_of(prepared.warnings));
  prepared.plan.steps = tailored(playbook, prepared.manifest, prepared.plan.first()).steps;
  if (prepared.cadence) give_gates_time(prepared.plan.steps, *prepared.cadence, prepared.manifest.program.timeout);
  return {};
}

Result<std::optional<std::string>> chosen_config(Ports& ports, const Layout& layout,
                                                 const DeployRequest& request, const Manifest& manifest,
                                                 const std::string& release) {
  if (!manifest.config) {
    if (!request.config_file.empty())
      return Error{Code::invalid, "--config was given, but the manifest has no config:",
                   "add config: {template: …} to the manifest"};
    return std::optional<std::string>{};
  }
  if (!request.config_file.empty()) {
    auto text = ports.files.read(request.config_file, largest_input);
    if (!text) return std::move(text).error().with_context("--config");
    WX_TRY(yaml::parse(request.config_file, *text));
    return std::optional<std::string>{std::move(text).value()};
  }
  WX_LET(auto live, read_if_present(ports.files, layout.live_config(), largest_input));
  if (live) {
    WX_TRY(yaml::parse(layout.live_config(), *live));
    return live;
  }
  const std::string path = release + "/" + manifest.config->template_file;
  WX_LET(std::string text, ports.files.read(path, largest_input));
  WX_TRY(yaml::parse(path, text));
  return std::optional<std::string>{std::move(text)};
}

// Would the rollout change anything?
bool is_active(const Generation& generation, const PreparedRollout& prepared) {
  const SlotSpec& active = *generation.slot(*generation.route.active);
  return active.release == prepared.release.id && active.manifest_text == prepared.manifest_text &&
         active.config_source == prepared.config_source;
}

// A rollback that ended Failed may have switched already: what it was to restore stands in the record of the
// rollout that it took back, not in what is current.
Result<PreparedRollout> undo_again(Ports& ports, const Layout& layout, const Plan& failed) {
  PreparedRollout out;
  const std::string file = layout.rollout(failed.id) + "/manifest.yaml";
  WX_LET(out.manifest_text, ports.files.read(file, largest_input));
  WX_LET(out.manifest, parse_manifest(file, out.manifest_text));
  const bool was_rollback = !failed.reverts.empty();
  out.plan.app = layout.app;
  out.plan.strategy = "rollback";
  out.plan.target = failed.target;
  out.plan.from = was_rollback ? failed.from : std::optional(failed.to);
  out.plan.to = was_rollback ? failed.to : failed.from.value_or(ReleaseRef{"", "nothing"});
  out.plan.reverts = was_rollback ? failed.reverts : failed.id;
  return out;
}

}  // namespace

Result<std::string> app_of_manifest(FileSystem& files, const std::string& manifest_file) {
  auto text = files.read(manifest_file, largest_input);
  if (!text) {
    if (text.error().code == Code::not_found)
      return Error{Code::not_found, "there is no manifest " + manifest_file,
                   "write one with: wxctl -f " + base_name(manifest_file) + " init"};
    return std::move(text).error();
  }
  WX_LET(const Manifest manifest, parse_manifest(manifest_file, *text));
  return manifest.name;
}

Result<PreparedRollout> prepare_deploy(Ports& ports, const Layout& layout, const DeployRequest& request) {
  PreparedRollout out;
  WX_LET(const std::string written, ports.files.read(request.manifest_file, largest_input));
  WX_LET(out.manifest, parse_manifest(request.manifest_file, written));
  WX_LET(out.manifest_text, installable_manifest(request.manifest_file, written, out.manifest.release));

  std::string release = request.release;
  if (release.empty() && out.manifest.release.empty())
    return Error{Code::invalid, "no release was named",
                 "give --release DIRECTORY, or release: in the manifest"};
  if (release.empty())
    release = out.manifest.release.starts_with('/')
                  ? out.manifest.release
                  : parent_path(request.manifest_file) + "/" + out.manifest.release;
  Releases releases(ports, layout);
  WX_LET(out.release, releases.inspect(release));
  WX_TRY(releases.check_program(release, out.manifest));
  WX_LET(out.plan.source, ports.files.real_path(release));

  auto playbook_text = ports.files.read(request.playbook_file, largest_input);
  if (!playbook_text) return std::move(playbook_text).error().with_context("the playbook");
  WX_LET(const Playbook playbook, parse_playbook(request.playbook_file, *playbook_text, request.settings));
  out.playbook_text = *playbook_text;
  if (playbook.name == "rollback")
    return Error{Code::invalid, "rollback is no strategy to deploy by: its playbook is for reading", "wxctl rollback"};
  WX_LET(out.cadence, timer_outlook(ports, out.manifest, release));
  WX_LET(out.config_source, chosen_config(ports, layout, request, out.manifest, release));

  Generations generations(ports, layout);
  WX_LET(const auto present, generations.current());
  Plan& plan = out.plan;
  plan.id = request.id;
  plan.app = out.manifest.name;
  plan.strategy = playbook.name;
  plan.created = ports.clock.now();
  plan.to = {out.release.id, out.release.version};
  plan.engine_dir = request.engine_dir;
  plan.auto_confirm = request.auto_confirm;
  plan.settings = request.settings;
  plan.on_failure = playbook.on_failure;
  if (present && present->route.active) {
    plan.active = present->route.active;
    plan.target = other(*plan.active);
    const SlotSpec& active = *present->slot(*plan.active);
    plan.from = ReleaseRef{active.release, active.version};
    out.already_active = !request.force && is_active(*present, out);
    if (present->route.entry != out.manifest.service)
      return Error{Code::invalid,
                   request.manifest_file + ": the app's entry unit is " + present->route.entry +
                       " and cannot become " + out.manifest.service,
                   "give the new unit an app of its own"};
  }
  WX_TRY(settle_steps(playbook, out));
  return out;
}

Status create_rollout(Ports& ports, const Layout& layout, const PreparedRollout& prepared) {
  FileSystem& files = ports.files;
  const std::string directory = layout.rollout(prepared.plan.id);
  WX_LET(const Before before, observe_before(ports, layout, prepared.manifest));
  WX_TRY(make_directories(files, layout.rollouts(), 0700));
  WX_TRY(make_directories(files, layout.data, 0700));
  const json app{{"format", 1}, {"app", layout.app}, {"state", layout.state}};
  WX_TRY(replace_file(files, layout.app_file(), app.dump() + "\n", 0600));
  WX_TRY(files.make_directory(directory, 0700));
  WX_TRY(write_before(files, directory + "/before", before));
  const std::string plan_text = render_plan(prepared.plan);
  WX_TRY(files.write(directory + "/plan.json", plan_text, 0600));
  WX_TRY(files.write(directory + "/manifest.yaml", prepared.manifest_text, 0600));
  if (!prepared.playbook_text.empty())
    WX_TRY(files.write(directory + "/playbook.yaml", prepared.playbook_text, 0600));
  if (prepared.config_source) WX_TRY(files.write(directory + "/config.yml", *prepared.config_source, 0600));
  WX_TRY(files.sync_directory(directory));
  WX_TRY(files.sync_directory(layout.rollouts()));
  WX_LET(RolloutJournal journal, RolloutJournal::open(files, ports.clock, directory + "/journal"));
  WX_TRY(journal.append("header", std::nullopt,
                        {{"id", prepared.plan.id}, {"plan_sha256", sha256_hex(plan_text)}}));
  return files.sync_directory(directory);
}

Result<PreparedRollout> prepare_rollback(Ports& ports, const Layout& layout, const std::string& id,
                                         const std::string& engine_dir) {
  Generations generations(ports, layout);
  WX_LET(const auto present, generations.current());
  WX_LET(const auto rollouts, list_rollouts(ports.files, layout));
  if (!rollouts.empty() && rollouts.front().phase == "Failed") {
    WX_LET(PreparedRollout again, undo_again(ports, layout, rollouts.front().plan));
    again.plan.id = id;
    again.plan.created = ports.clock.now();
    again.plan.engine_dir = engine_dir;
    if (present) again.plan.active = present->route.active;
    return again;
  }
  if (!present || !present->route.active)
    return Error{Code::impossible,
                 "nothing is deployed for " + layout.app + ", so there is nothing to roll back",
                 "wxctl deploy --strategy gradual"};
  const Slot active = *present->route.active;
  if (!present->route.predecessor || !present->route.rollout)
    return Error{Code::impossible,
                 "there is no predecessor of " + present->slot(active)->version + " to roll back to",
                 "wxctl rollback --to VERSION goes to any that was active (wxctl history)"};
  const Slot target = present->route.predecessor->slot;
  PreparedRollout out;
  out.manifest_text = present->slot(active)->manifest_text;
  WX_LET(out.manifest, parse_manifest(layout.manifest(), out.manifest_text));
  Plan& plan = out.plan;
  plan.id = id;
  plan.app = layout.app;
  plan.strategy = "rollback";
  plan.created = ports.clock.now();
  plan.active = active;
  plan.target = active;  // the slot whose release is taken back
  plan.from = ReleaseRef{present->slot(active)->release, present->slot(active)->version};
  plan.to = ReleaseRef{present->route.predecessor->release,
                       present->slot(target) ? present->slot(target)->version : ""};
  plan.engine_dir = engine_dir;
  plan.reverts = *present->route.rollout;
  return out;
}

}  // namespace wx
