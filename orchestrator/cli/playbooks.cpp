#include "orchestrator/cli/playbooks.hpp"

#include <algorithm>

#include "common/core/files.hpp"
#include "common/core/suggest.hpp"

namespace wx {

namespace {

constexpr std::string_view suffix = ".yaml";

std::string directory_of(const World& world) {
  return world.places.share + "/playbooks";
}

}  // namespace

std::vector<std::string> shipped_playbooks(const World& world) {
  std::vector<std::string> names;
  if (auto files = world.ports.files.list(directory_of(world)))
    for (const auto& file : *files)
      if (file.ends_with(suffix)) names.push_back(file.substr(0, file.size() - suffix.size()));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> shipped_playbook(const World& world, const std::string& name) {
  const std::string path = directory_of(world) + "/" + name + std::string(suffix);
  if (name.find('/') == std::string::npos && exists(world.ports.files, path)) return path;
  std::vector<std::string> strategies = shipped_playbooks(world);
  std::erase(strategies, "rollback");  // for reading
  return Error{Code::invalid, "there is no strategy \"" + name + "\"" + suggestion(name, strategies),
               "or give a file with --playbook"};
}

Result<Settings> parse_settings(const std::vector<std::string>& texts) {
  Settings out;
  for (const auto& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return Error{Code::invalid, "--set takes name=value, not \"" + text + "\"", "such as --set soak=10m"};
    out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace wx
