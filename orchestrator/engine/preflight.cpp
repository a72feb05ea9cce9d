#include "orchestrator/engine/preflight.hpp"

#include <algorithm>
#include <charconv>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/variables.hpp"
#include "orchestrator/engine/drift_check.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/machine_checks.hpp"
#include "orchestrator/engine/store_access.hpp"
#include "orchestrator/engine/units.hpp"

namespace wx {

namespace {

constexpr int oldest_systemd = 247;
constexpr std::uint64_t smallest_store = 1'000'000;
constexpr std::uint32_t others_may_write = 022;
constexpr std::uint32_t sticky = 01000;

CheckResult begin(const std::string& id, const std::string& title) {
  CheckResult result;
  result.id = id;
  result.title = title;
  result.status = CheckStatus::pass;
  return result;
}

CheckResult& fail(CheckResult& result, std::string message, std::string remedy) {
  result.status = CheckStatus::fail;
  result.message = std::move(message);
  result.remedy = std::move(remedy);
  return result;
}

CheckResult check_manager(const PreflightScope& scope) {
  CheckResult result = begin("manager", "systemd answers over D-Bus");
  auto version = scope.ports.systemd.version();
  if (!version) return fail(result, version.error().message, version.error().remedy);
  int number = 0;
  std::from_chars(version->data(), version->data() + version->size(), number);
  result.observed = *version;
  result.threshold = ">= " + std::to_string(oldest_systemd);
  if (number < oldest_systemd)
    return fail(result, "systemd " + *version + " is too old", "use a machine with Debian 12 or later");
  result.message = "systemd " + *version;
  return result;
}

CheckResult check_units(const PreflightScope& scope) {
  CheckResult result = begin("units", "unit files can be written where systemd looks");
  result.threshold = "writable";
  const std::string& directory = scope.layout.unit_dir;
  const std::string near = nearest_directory(scope.ports.files, directory);
  const bool writable = scope.ports.files.may_write(near).has_value();
  result.observed = writable ? "writable" : "not writable";
  if (!writable) return fail(result, near + " cannot be written", "give " + near + " back to your user");
  Units units(scope.ports, scope.layout);
  std::vector<std::string> names{scope.manifest.service, instance_name(scope.manifest.service, "")};
  if (scope.manifest.timer && scope.manifest.timer->ours()) names.push_back(scope.manifest.timer->unit);
  if (auto ours = units.check_ours(names); !ours)
    return fail(result, ours.error().message, ours.error().remedy);
  result.message = directory + " is where the manager looks";
  return result;
}

// The directory at or above `path` that others can change; empty when there is none.
std::string changeable_by_others(const PreflightScope& scope, std::string path) {
  while (true) {
    auto info = scope.ports.files.info(path);
    if (info && info->type == FileType::directory) {
      const bool safe_owner = info->uid == 0 || info->uid == scope.ports.caller.uid;
      const bool writable = (info->mode & others_may_write) != 0 && (info->mode & sticky) == 0;
      const bool own_group = (info->mode & 02) == 0 && info->gid == scope.ports.caller.gid;
      if (!safe_owner || (writable && !own_group)) return path;
    }
    if (path == "/") return {};
    path = parent_path(path);
  }
}

// The units of one slot as a rollout would write them; those of the other differ by their name.
std::vector<std::pair<std::string, std::string>> files_to_write(const PreflightScope& scope) {
  const Manifest& manifest = scope.manifest;
  const std::string slot = "blue";
  const UnitFile run = instance_template(manifest, scope.units);
  const UnitFile settings = slot_drop_in(manifest, scope.units, slot);
  const UnitFile entry = entry_unit(manifest, scope.units);
  std::vector<std::pair<std::string, std::string>> out{{entry.name, entry.content},
                                                       {instance_name(manifest.service, slot), run.content},
                                                       {settings.name, settings.content}};
  if (!manifest.timer || !manifest.timer->ours()) return out;
  const UnitFile timer = timer_unit(manifest, scope.units);
  out.emplace_back(timer.name, timer.content);
  return out;
}

CheckResult check_verified(const PreflightScope& scope) {
  CheckResult result = begin("verify", "systemd understands the units that would be written");
  result.required = false;
  result.threshold = "0";
  result.unit = "complaints";
  if (scope.ports.verifier == nullptr) {
    conclude_na(result, "nothing can be asked about unit files here");
    return result;
  }
  const auto complaints = scope.ports.verifier->complaints(files_to_write(scope));
  if (!complaints) {
    conclude_skip(result, complaints.error());
    return result;
  }
  result.observed = std::to_string(complaints->size());
  if (complaints->empty()) {
    conclude_pass(result, "systemd-analyze verify has nothing against them");
    return result;
  }
  // systemd leaves out what it does not understand, and starts the unit without it.
  result.status = CheckStatus::warn;
  result.message = "systemd-analyze verify: " + printable(join(*complaints, "; "), 400);
  result.remedy = "correct unit: or timer: in the manifest";
  return result;
}

// Every directory above what a unit executes belongs to root or to us, and nobody else may write it.
CheckResult check_paths(const PreflightScope& scope) {
  CheckResult result = begin("paths", "nobody else can change what runs");
  result.threshold = "only yours or root's";
  const Layout& layout = scope.layout;
  for (const auto& directory : {layout.data, layout.releases(), layout.engines()}) {
    const std::string near = nearest_directory(scope.ports.files, directory);
    // A home may be a link: what counts is where it leads.
    const std::string path = changeable_by_others(scope, scope.ports.files.real_path(near).value_or(near));
    result.observed = path.empty() ? result.threshold : path;
    if (!path.empty())
      return fail(result, path + " can be changed by others, and units run programs below it",
                  "see that it is yours or root's, and: chmod go-w " + path);
  }
  result.message = "only root and you can write above " + layout.data;
  return result;
}

CheckResult check_the_store(const PreflightScope& scope) {
  CheckResult result = begin("store", "the store can be reached");
  const auto& store = scope.manifest.store;
  if (!store) {
    result.status = CheckStatus::na;
    result.message = "the manifest names no store";
    return result;
  }
  const std::string path = store_name(scope.layout, *store, BucketRole::main);
  result.threshold = "writable";
  result.observed = "not writable";
  if (store->kind == "sqlite" && !exists(scope.ports.files, path)) {
    const std::string near = nearest_directory(scope.ports.files, parent_path(path));
    auto info = scope.ports.files.info(near);
    if (!info || info->type != FileType::directory)
      return fail(result, path + " cannot be made: " + near + " is no directory", "correct store.path");
    if (!scope.ports.files.may_write(near))
      return fail(result, path + " cannot be made: " + near + " cannot be written",
                  "correct store.path, or give " + near + " to your user");
    // Also where root may write and yet nothing can be kept, such as /proc.
    if (auto free = scope.ports.files.free_space(near); free && *free < smallest_store)
      return fail(result, path + " cannot be made: there is no room in " + near,
                  "correct store.path, or make room");
    result.observed = "absent";
    result.message = path + " will be made";
    return result;
  }
  if (auto checked = check_store(scope.ports, scope.layout, *store); !checked)
    return fail(result, checked.error().message,
                checked.error().remedy.empty() ? "mend the store, or correct the manifest's store"
                                               : checked.error().remedy);
  result.observed = "writable";
  result.message = path + " can be read and written";
  return result;
}

bool soaks(const PreflightScope& scope) {
  return std::any_of(scope.steps.begin(), scope.steps.end(), [](const StepSpec& step) {
    return (step.kind == StepKind::soak || step.kind == StepKind::analyze) && step.duration > Micros::zero();
  });
}

// Whether they answer `wxctl hooks test` tells: preflight bothers nobody.
CheckResult check_hooks(const PreflightScope& scope) {
  CheckResult result = begin("hooks", "hooks can be called");
  const std::size_t count = scope.manifest.hooks.size();
  if (count == 0) {
    result.status = CheckStatus::na;
    result.message = "the manifest has no hooks";
    return result;
  }
  const Variables variables{
      {"app", scope.layout.app}, {"data", scope.layout.data}, {"shared", scope.layout.shared()}};
  for (const auto& hook : scope.manifest.hooks) {
    const auto path = expand(hook.webhook_file, variables);
    if (!path || path->empty() || exists(scope.ports.files, *path)) continue;
    result.status = CheckStatus::warn;
    result.message = *path + ", which is to hold the address of a webhook, does not exist";
    result.remedy = "write the address into it, chmod 600, then wxctl hooks test";
    return result;
  }
  result.message = plural(count, "hook") + "; wxctl hooks test calls them";
  return result;
}

// What somebody changed since the last rollout is written anew by the next one: it should not go unsaid. An
// edited config is not meant: deploying it is what it waits for.
CheckResult check_changes(const PreflightScope& scope) {
  CheckResult result = begin("drift", "nothing was changed since the last rollout");
  const auto skipped = [&](const Error& error) {
    result.status = CheckStatus::skip;
    result.message = error.message;
    result.remedy = error.remedy;
    result.required = false;
    return result;
  };
  const auto generation = Generations(scope.ports, scope.layout).current();
  if (!generation) return skipped(generation.error());
  if (!*generation || !(*generation)->route.rollout) {
    result.status = CheckStatus::na;
    result.message = "nothing is deployed yet";
    return result;
  }
  auto files = drifted_between_rollouts(scope.ports, scope.layout, scope.manifest, (*generation)->route);
  if (!files) return skipped(files.error());
  std::erase_if(*files, [](const ForeignFile& file) { return file.kind == FileKind::config; });
  result.observed = std::to_string(files->size());
  result.threshold = "0";
  if (files->empty()) {
    result.message = "files and units are as they were deployed";
    return result;
  }
  result.status = CheckStatus::warn;
  result.message =
      "changed since " + *(*generation)->route.rollout + ", and a rollout writes it anew: " + named(*files);
  result.remedy = "what is to stay belongs into the manifest, under unit: or timer:";
  return result;
}

}  // namespace

std::vector<CheckResult> preflight_checks(const PreflightScope& scope) {
  std::vector<CheckResult> results{check_manager(scope)};
  if (results.front().status == CheckStatus::pass) results.push_back(check_units(scope));
  results.push_back(check_verified(scope));
  results.push_back(check_paths(scope));
  // Before the disk, where a place that can hold no store looks like a full one.
  results.push_back(check_the_store(scope));
  results.push_back(begin("disk", "enough free disk"));
  check_disk(scope.ports, scope.layout, scope.manifest, results.back());
  results.push_back(begin("config", "secrets and config are readable by you alone"));
  check_private(scope.ports, scope.layout, scope.manifest, results.back());
  results.push_back(begin("clock", "the clock is right"));
  check_clock(scope.ports, std::nullopt, results.back());
  results.push_back(begin("linger", "the user manager stays after logout"));
  check_linger(scope.ports, soaks(scope), results.back());
  results.push_back(check_changes(scope));
  results.push_back(check_hooks(scope));
  return results;
}

}  // namespace wx
