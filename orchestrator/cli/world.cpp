#include "orchestrator/cli/world.hpp"

#include <algorithm>
#include <iterator>

#include "common/core/files.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/deploy.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

namespace {

constexpr const char* passed_on[] = {"HOME",          "PATH",           "XDG_CONFIG_HOME",
                                     "XDG_DATA_HOME", "XDG_STATE_HOME", "WXCTL_SANDBOX"};

Result<std::vector<std::string>> shipped_manifests(const World& world) {
  const std::string directory = world.places.share + "/apps";
  std::vector<std::string> out;
  auto names = world.ports.files.list(directory);
  if (!names) return out;
  for (const auto& name : *names)
    if (name.ends_with(".yaml")) out.push_back(directory + "/" + name);
  return out;
}

// Until an app's first rollout is confirmed its manifest is not installed. Empty when it is nowhere.
Result<std::string> manifest_of(const World& world, const std::string& app) {
  FileSystem& files = world.ports.files;
  const Layout layout = layout_of(world.places.home, app, "");
  for (const auto& path : {layout.manifest(), world.places.share + "/apps/" + app + ".yaml"})
    if (exists(files, path)) return path;
  WX_LET(const auto rollouts, list_rollouts(files, layout));
  return rollouts.empty() ? std::string{} : layout.rollout(rollouts.front().plan.id) + "/manifest.yaml";
}

// An app whose first deployment failed has left its history only.
bool is_in_use(const World& world, const std::string& app) {
  const Layout layout = layout_of(world.places.home, app, "");
  if (exists(world.ports.files, layout.current())) return true;
  const auto running = rollout_in_progress(world.ports.files, layout);
  return !running || *running;
}

}  // namespace

std::string World::variable(const std::string& name) const {
  for (const auto& [key, value] : environment)
    if (key == name) return value;
  return {};
}

bool World::colored() const {
  if (options.color != ColorWhen::automatic) return options.color == ColorWhen::always;
  return terminal && variable("NO_COLOR").empty();
}

std::string absolute(const World& world, const std::string& path) {
  return path.empty() || path.starts_with('/') ? path : world.places.directory + "/" + path;
}

Result<std::vector<std::string>> known_apps(const World& world) {
  std::vector<std::string> apps;
  auto names = world.ports.files.list(world.places.home.data);
  if (!names) {
    if (names.error().code == Code::not_found) return apps;
    return std::move(names).error();
  }
  for (const auto& name : *names)
    if (exists(world.ports.files, world.places.home.data + "/" + name + "/app.json")) apps.push_back(name);
  return apps;
}

Result<std::string> chosen_app(const World& world) {
  if (!world.options.manifest.empty())
    return app_of_manifest(world.ports.files, absolute(world, world.options.manifest));
  WX_LET(const auto apps, known_apps(world));
  if (!world.options.app.empty()) {
    if (std::find(apps.begin(), apps.end(), world.options.app) == apps.end())
      return Error{Code::invalid,
                   "there is no app \"" + world.options.app + "\"" + suggestion(world.options.app, apps),
                   apps.empty() ? "nothing is deployed yet: wxctl -f FILE deploy --strategy gradual"
                                : "wxctl alone shows what is installed"};
    return world.options.app;
  }
  if (apps.size() == 1) return apps.front();
  if (apps.empty())
    return Error{Code::invalid, "no app is installed",
                 "wxctl deploy --strategy gradual installs one; wxctl init writes a manifest"};
  std::vector<std::string> in_use;
  std::copy_if(apps.begin(), apps.end(), std::back_inserter(in_use),
               [&](const std::string& app) { return is_in_use(world, app); });
  if (in_use.size() == 1) return in_use.front();
  return Error{Code::invalid, "several apps are installed: " + join(in_use.empty() ? apps : in_use, ", "),
               "say which with --app"};
}

Result<Layout> layout_for(const World& world, const std::string& app) {
  const std::string fallback = parent_path(world.places.home.config) + "/systemd/user";
  auto paths = world.ports.systemd.unit_path();
  if (!paths) return layout_of(world.places.home, app, fallback);
  if (std::find(paths->begin(), paths->end(), fallback) != paths->end())
    return layout_of(world.places.home, app, fallback);
  for (const auto& path : *paths) {
    const bool lasting = path.ends_with("/systemd/user") && !path.starts_with("/run/");
    if (lasting && world.ports.files.may_write(nearest_directory(world.ports.files, path)))
      return layout_of(world.places.home, app, path);
  }
  return Error{Code::permission,
               "systemd reads unit files from no directory that can be written: " + join(*paths, " "),
               "give one of them to your user, " + fallback + " best"};
}

Result<std::string> manifest_to_deploy(const World& world) {
  if (!world.options.manifest.empty()) return absolute(world, world.options.manifest);
  WX_LET(const auto apps, known_apps(world));
  std::vector<std::string> installed;
  for (const auto& app : apps) {
    if (!world.options.app.empty() && app != world.options.app) continue;
    WX_LET(const std::string path, manifest_of(world, app));
    if (!path.empty()) installed.push_back(path);
  }
  if (installed.size() == 1) return installed.front();
  if (installed.size() > 1)
    return Error{Code::invalid, "several apps are installed: " + join(apps, ", "), "say which with --app"};
  WX_LET(const auto shipped, shipped_manifests(world));
  for (const auto& path : shipped)
    if (world.options.app.empty() ? shipped.size() == 1 : base_name(path) == world.options.app + ".yaml")
      return path;
  return Error{Code::invalid, "there is no manifest to deploy",
               "give one with -f FILE; `wxctl init` writes one to start from"};
}

UnitContext unit_context(const World& world, const Layout& layout, const std::string& engine_dir) {
  UnitContext context{layout.app, layout.data, engine_dir, {}};
  for (const char* name : passed_on)
    if (const std::string value = world.variable(name); !value.empty())
      context.environment.emplace_back(name, value);
  return context;
}

}  // namespace wx
