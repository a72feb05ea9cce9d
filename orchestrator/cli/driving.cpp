#include "orchestrator/cli/driving.hpp"

#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/digest.hpp"
#include "orchestrator/engine/engine.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

namespace {

constexpr Micros stop_wait{10'000'000};
constexpr std::int64_t lock_wait_ms = 10'000;
constexpr std::uint64_t largest_secrets = 1ull << 20;

TransientService engine_service(const World& world, const Layout& layout, const std::string& engine_dir,
                                std::vector<std::string> words) {
  TransientService service;
  service.name = layout.engine_unit();
  service.description = "Rollout of " + layout.app;
  service.argv = {engine_dir + "/wxctl", "--app", layout.app, "engine"};
  service.argv.insert(service.argv.end(), words.begin(), words.end());
  service.environment = unit_context(world, layout, engine_dir).environment;
  service.restart_on_failure = true;
  return service;
}

Result<std::map<std::string, std::string>> read_secrets(const World& world, const Layout& layout) {
  std::map<std::string, std::string> out;
  WX_LET(const auto text, read_if_present(world.ports.files, layout.secrets(), largest_secrets));
  for (const auto& line : split(text.value_or(""), '\n'))
    if (const std::size_t equals = line.find('='); equals != std::string::npos)
      out[line.substr(0, equals)] = line.substr(equals + 1);
  return out;
}

Status write_secrets(const World& world, const Layout& layout, const std::map<std::string, std::string>& secrets) {
  std::string text;
  for (const auto& [name, value] : secrets) text += name + "=" + value + "\n";
  WX_TRY(make_directories(world.ports.files, layout.config_dir, 0700));
  return replace_file(world.ports.files, layout.secrets(), text, 0600);
}

}  // namespace

std::string new_rollout_id(const World& world) {
  return "o-" + compact_instant(world.ports.clock.now()) + "-" + world.ports.ids.hex(4);
}

Result<std::string> pin_engine(const World& world, const Layout& layout) {
  FileSystem& files = world.ports.files;
  const std::string router = parent_path(world.places.program) + "/wxctl-router";
  WX_LET(const std::string own_hash, files.sha256(world.places.program));
  auto router_hash = files.sha256(router);
  if (!router_hash)
    return Error{Code::unavailable, router + " is missing: it belongs beside wxctl", "install wxctl again"};
  const std::string directory = layout.engines() + "/" + sha256_hex(own_hash + *router_hash).substr(0, 12);
  if (exists(files, directory)) {
    auto same = files.sha256(directory + "/wxctl");
    auto same_router = files.sha256(directory + "/wxctl-router");
    if (same && same_router && *same == own_hash && *same_router == *router_hash) return directory;
    WX_TRY(files.remove_tree(directory));
  }
  WX_TRY(make_directories(files, layout.engines(), 0700));
  const std::string beside = directory + ".new";
  WX_TRY(files.remove_tree(beside));
  WX_TRY(files.make_directory(beside, 0755));
  WX_TRY(files.copy_file(world.places.program, beside + "/wxctl", 0755));
  WX_TRY(files.copy_file(router, beside + "/wxctl-router", 0755));
  WX_TRY(files.sync_directory(beside));
  WX_TRY(files.rename(beside, directory));
  WX_TRY(files.sync_directory(layout.engines()));
  return directory;
}

Status store_secrets(const World& world, const Layout& layout, const Manifest& manifest) {
  if (manifest.program.secrets.empty()) return {};
  WX_LET(auto secrets, read_secrets(world, layout));
  bool changed = false;
  for (const auto& name : manifest.program.secrets) {
    if (secrets.contains(name)) continue;
    const std::string value = world.variable(name);
    if (value.empty())
      return Error{Code::invalid, "the secret " + name + " is neither stored nor in the environment",
                   "export " + name + "=… and deploy again"};
    if (value.find('\n') != std::string::npos)
      return Error{Code::invalid, "the secret " + name + " has more than one line"};
    secrets[name] = value;
    changed = true;
  }
  if (!changed) return {};
  return write_secrets(world, layout, secrets);
}

Status replace_secret(const World& world, const Layout& layout, const std::string& name, const std::string& value) {
  WX_LET(auto secrets, read_secrets(world, layout));
  secrets[name] = value;
  return write_secrets(world, layout, secrets);
}

Status refuse_when_busy(World& world, const Layout& layout) {
  if (!exists(world.ports.files, layout.state)) return {};
  WX_LET(const auto running, rollout_in_progress(world.ports.files, layout));
  if (!running) {
    auto lock = world.ports.files.lock(layout.lock(), LockMode::exclusive, 0);
    if (lock || lock.error().code != Code::busy) return {};
    const auto owner = lock_owner(world.ports.files, layout);
    return Error{Code::busy,
                 layout.app + " is held by `wxctl " + (owner ? owner->verb : "") + "`" +
                     (owner ? " since " + format_instant(owner->since) : ""),
                 "try again when it has ended"};
  }
  const std::string what = "the rollout " + running->plan.id + " (" + running->plan.strategy + " to " +
                           running->plan.to.version + ", since " + format_instant(running->plan.created) +
                           ", " + running->phase + ")";
  bool orphan = false;
  {
    auto lock = world.ports.files.lock(layout.lock(), LockMode::exclusive, 0);
    orphan = lock.has_value();
  }
  if (!orphan)
    return Error{Code::busy, layout.app + " is held by " + what,
                 "wxctl status shows it; wxctl abort ends it"};
  WX_TRY(start_resume(world, layout, running->plan.engine_dir));
  return Error{Code::busy, what + " had been interrupted and goes on now",
               "wxctl status shows it; try again when it has ended"};
}

Status start_engine(World& world, const Layout& layout, const DeployRequest& request,
                    const std::string& engine_dir) {
  std::vector<std::string> words{
      "--id",         request.id, "--manifest", request.manifest_file, "--playbook", request.playbook_file,
      "--engine-dir", engine_dir};
  const auto add = [&](const std::string& option, const std::string& value) {
    if (value.empty()) return;
    words.push_back(option);
    words.push_back(value);
  };
  add("--release", request.release);
  add("--config", request.config_file);
  for (const auto& [key, value] : request.settings) add("--set", key + "=" + value);
  if (request.auto_confirm) words.emplace_back("--auto");
  if (request.force) words.emplace_back("--force");
  auto started = world.ports.systemd.start_transient(engine_service(world, layout, engine_dir, words));
  if (!started && started.error().code == Code::busy)
    return Error{Code::busy, "the engine of " + layout.app + " runs already (" + layout.engine_unit() + ")",
                 "wxctl status"};
  return started;
}

Status start_resume(World& world, const Layout& layout, const std::string& engine_dir) {
  auto started = world.ports.systemd.start_transient(
      engine_service(world, layout, engine_dir, {"--resume", "--engine-dir", engine_dir}));
  if (!started && started.error().code == Code::busy) return {};
  return started;
}

Result<std::unique_ptr<FileLock>> preempt(World& world, const Layout& layout, const std::string& verb) {
  auto lock = take_app_lock(world.ports, layout, verb, world.pid, 0);
  if (lock || lock.error().code != Code::busy) return lock;
  for (const auto& unit : {layout.engine_unit(), layout.resume_unit()}) {
    auto state = world.ports.systemd.unit(unit);
    if (!state || state->main_pid == 0) continue;
    auto stopped = world.ports.systemd.stop(unit, stop_wait);
    if (!stopped && stopped.error().code != Code::not_found) return std::move(stopped).error();
  }
  lock = take_app_lock(world.ports, layout, verb, world.pid, 0);
  if (lock || lock.error().code != Code::busy) return lock;
  if (const auto owner = lock_owner(world.ports.files, layout);
      owner && owner->pid > 1 && owner->pid != world.pid)
    world.terminate(owner->pid);
  return take_app_lock(world.ports, layout, verb, world.pid, lock_wait_ms);
}

}  // namespace wx
