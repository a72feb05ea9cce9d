// config get, config set: the app's config, changed by a rollout of the config alone.
#include <algorithm>
#include <iostream>

#include "common/core/files.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "common/yaml/document.hpp"
#include "common/yaml/merge.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::string_view mask = "***";

struct LiveConfig {
  Installed installed;
  std::string text;
};

Result<LiveConfig> live_config(World& world) {
  LiveConfig out;
  WX_LET(out.installed, read_installed(world));
  if (!out.installed.manifest || !out.installed.manifest->config)
    return Error{Code::impossible, out.installed.layout.app + " has no config",
                 "config: {template: …} in its manifest gives it one"};
  WX_LET(const auto text,
         read_if_present(world.ports.files, out.installed.layout.live_config(), largest_config));
  if (!text)
    return Error{Code::impossible, "there is no config " + out.installed.layout.live_config() + " yet",
                 "wxctl deploy"};
  out.text = *text;
  return out;
}

json value_of(const yaml::Node& node, const std::string& key) {
  switch (node.kind()) {
    case yaml::Kind::map: {
      json out = json::object();
      for (const auto& [name, value] : node.entries()) out[name.scalar()] = value_of(value, name.scalar());
      return out;
    }
    case yaml::Kind::sequence: {
      json out = json::array();
      for (const auto& item : node.items()) out.push_back(value_of(item, key));
      return out;
    }
    case yaml::Kind::scalar:
      return is_secret_name(key) ? std::string(mask) : node.scalar();
    case yaml::Kind::null:
      return nullptr;
  }
  return nullptr;
}

Result<int> config_get(World& world, const std::string& key) {
  WX_LET(const LiveConfig live, live_config(world));
  WX_LET(yaml::Node node, yaml::parse(live.installed.layout.live_config(), live.text));
  std::string last;
  for (const auto& part : split(key, '.')) {
    if (key.empty()) break;
    const auto next = node.kind() == yaml::Kind::map ? node.find(part) : std::nullopt;
    if (!next) return Error{Code::not_found, "the config has no " + key, "wxctl config get shows all of it"};
    node = *next;
    last = part;
  }
  const json value = value_of(node, last);
  if (world.options.json || !value.is_string())
    print_line(dump(value));
  else
    print_line(value.get<std::string>());
  return 0;
}

Result<int> set_secret(World& world, const std::string& name) {
  WX_LET(const Installed installed, read_installed(world));
  const auto& names = installed.manifest ? installed.manifest->program.secrets : std::vector<std::string>{};
  if (std::find(names.begin(), names.end(), name) == names.end())
    return Error{Code::invalid, "the manifest of " + installed.layout.app + " names no secret " + name,
                 "program.secrets lists them"};
  std::string value;
  std::getline(std::cin, value);
  if (value.empty())
    return Error{Code::invalid, "no value came on standard input",
                 "wxctl config set --secret " + name + " < FILE"};
  WX_TRY(replace_secret(world, installed.layout, name, value));
  const std::string message = name + " is stored; runs use it from the next one on";
  print_line(world.options.json ? json{{"secret", name}, {"message", message}}.dump(2) : message);
  return 0;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_values(const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return Error{Code::invalid, "config set takes KEY=VALUE, not \"" + text + "\"",
                   "such as wxctl config set influxdb.batch_size=500"};
    out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

void add_keys(const yaml::Node& node, const std::string& prefix, std::vector<std::string>& keys) {
  if (node.kind() != yaml::Kind::map) return;
  for (const auto& [name, value] : node.entries()) {
    keys.push_back(prefix + name.scalar());
    add_keys(value, keys.back() + ".", keys);
  }
}

// A key of one's own may be set; one that is nearly a known one was mistyped.
Status check_keys(const World& world, const LiveConfig& live,
                  const std::vector<std::pair<std::string, std::string>>& values) {
  const Layout& layout = live.installed.layout;
  const SlotSpec& active = *live.installed.generation->slot(*live.installed.generation->route.active);
  const std::string shipped =
      layout.release(active.release) + "/" + live.installed.manifest->config->template_file;
  WX_LET(const auto defaults, read_if_present(world.ports.files, shipped, largest_config));
  std::vector<std::string> keys;
  WX_LET(const yaml::Node present, yaml::parse(layout.live_config(), live.text));
  add_keys(present, "", keys);
  if (defaults) {
    WX_LET(const yaml::Node known, yaml::parse(shipped, *defaults));
    add_keys(known, "", keys);
  }
  for (const auto& value : values) {
    if (std::find(keys.begin(), keys.end(), value.first) != keys.end()) continue;
    if (const std::string near = nearest(value.first, keys); !near.empty())
      return Error{Code::invalid, "the config has no " + value.first + " (did you mean " + near + "?)",
                   "to add a key of that name: wxctl deploy --config FILE"};
  }
  return {};
}

Result<int> config_set(World& world, const ConfigOptions& options) {
  if (!options.secret.empty()) {
    if (!options.values.empty())
      return Error{Code::invalid, "--secret stores a secret alone",
                   "set the other values in a command of their own"};
    return set_secret(world, options.secret);
  }
  if (options.values.empty())
    return Error{Code::invalid, "nothing was named to set", "wxctl config set KEY=VALUE"};
  WX_LET(const LiveConfig live, live_config(world));
  WX_LET(const auto values, parse_values(options.values));
  WX_TRY(check_keys(world, live, values));
  WX_LET(const std::string changed, yaml::set_values(live.installed.layout.live_config(), live.text, values));
  const Layout& layout = live.installed.layout;
  const SlotSpec& active = *live.installed.generation->slot(*live.installed.generation->route.active);
  DeployOptions deploy = options.deploy;
  if (deploy.strategy.empty()) deploy.strategy = "gradual";
  deploy.release = layout.release(active.release);
  deploy.config = layout.state + "/config.next.yml";
  WX_TRY(refuse_when_busy(world, layout));
  WX_TRY(replace_file(world.ports.files, deploy.config, changed, 0600));
  if (!world.options.json && !world.options.quiet) print(yaml::masked_diff(live.text, changed, "config"));
  return verb_deploy(world, deploy);
}

}  // namespace

int verb_config_get(World& world, const std::string& key) {
  return told(world, config_get(world, key));
}
int verb_config_set(World& world, const ConfigOptions& options) {
  return told(world, config_set(world, options));
}

}  // namespace wx
