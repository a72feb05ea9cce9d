#include "orchestrator/engine/surroundings.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/format.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

using nlohmann::json;

bool is_drop_in(const std::string& name) {
  return name.find(".d/") != std::string::npos;
}

bool is_template(const std::string& name) {
  return name.find("@.") != std::string::npos;
}

Status add_drop_ins(FileSystem& files, const std::string& folder, const std::set<std::string>& ours,
                    std::map<std::string, std::string>& out) {
  const auto names = files.list(folder);
  if (!names) return {};
  for (const auto& name : *names) {
    const std::string path = folder + "/" + name;
    if (!name.ends_with(".conf") || ours.contains(path)) continue;
    WX_LET(const auto content, read_unit_file(files, path));
    if (content) out[path] = *content;
  }
  return {};
}

// The units themselves: neither drop-ins nor templates, and not what drives a rollout.
std::vector<std::string> loadable(const Layout& layout, const std::vector<std::string>& ours) {
  std::vector<std::string> out;
  for (const auto& name : ours)
    if (!is_drop_in(name) && !is_template(name) && name != layout.resume_unit() &&
        name != layout.deadman_service() && name != layout.deadman_timer())
      out.push_back(name);
  return out;
}

// Whoever needs one of `units`, needs whoever needs it, and so on: what goes down with it. Targets only group
// others.
Result<std::vector<std::string>> active_dependents(Systemd& systemd, const std::vector<std::string>& units) {
  std::vector<std::string> out;
  std::set<std::string> seen(units.begin(), units.end());
  std::vector<std::string> ahead = units;
  while (!ahead.empty()) {
    const std::string name = ahead.back();
    ahead.pop_back();
    WX_LET(const UnitState state, systemd.unit(name));
    for (const auto& dependent : state.needed_by) {
      if (dependent.ends_with(".target") || !seen.insert(dependent).second) continue;
      WX_LET(const UnitState other, systemd.unit(dependent));
      if (other.active_state == "active") out.push_back(dependent);
      ahead.push_back(dependent);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::string timer_stamp(const Layout& layout, const std::string& timer) {
  return parent_path(parent_path(layout.data)) + "/systemd/timers/stamp-" + timer;
}

Result<std::optional<std::string>> read_unit_file(FileSystem& files, const std::string& path) {
  const auto info = files.info(path);
  if (!info) {
    if (info.error().code == Code::not_found) return std::optional<std::string>{};
    return info.error();
  }
  if (info->type != FileType::symlink) {
    WX_LET(std::string text, files.read(path, largest_unit_file));
    return std::optional(std::move(text));
  }
  const auto target = files.real_path(path);
  const auto text = target ? files.read(*target, largest_unit_file) : Result<std::string>(std::string{});
  return std::optional(text.value_or(""));
}

std::string render_surroundings(const Surroundings& surroundings) {
  return json{{"format", 1},
              {"others", surroundings.others},
              {"dependents", surroundings.dependents},
              {"stamps", surroundings.stamps}}
             .dump(1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

Result<Surroundings> parse_surroundings(std::string_view text) {
  try {
    const json document = json::parse(text);
    if (document.at("format").get<int>() > engine_format)
      return newer_format("the record of what surrounds the units");
    return Surroundings{document.at("others").get<std::map<std::string, std::string>>(),
                        document.at("dependents").get<std::vector<std::string>>(),
                        document.at("stamps").get<std::vector<std::string>>()};
  } catch (const json::exception& problem) {
    return Error{Code::failed,
                 std::string("the record of what surrounds the units is damaged: ") + problem.what()};
  }
}

Result<std::map<std::string, std::string>> files_of_others(Ports& ports, const Layout& layout,
                                                           const std::vector<std::string>& ours) {
  std::map<std::string, std::string> out;
  std::set<std::string> own_paths;
  std::set<std::string> folders;
  for (const auto& name : ours) {
    own_paths.insert(layout.unit_dir + "/" + name);
    folders.insert(is_drop_in(name) ? parent_path(name) : name + ".d");
  }
  WX_LET(const auto unit_path, ports.systemd.unit_path());
  bool more_important = true;
  for (const auto& directory : unit_path) {
    if (directory == layout.unit_dir) more_important = false;
    for (const auto& folder : folders)
      WX_TRY(add_drop_ins(ports.files, directory + "/" + folder, own_paths, out));
    for (const auto& name : ours) {
      // An instance with a file of its own, wherever, is no longer the template's.
      const bool instance = is_drop_in(name);
      if (!instance && !more_important) continue;
      const std::string path = directory + "/" + (instance ? name.substr(0, name.find(".d/")) : name);
      WX_LET(const auto hides, read_unit_file(ports.files, path));
      if (hides) out[path] = *hides;
    }
  }
  return out;
}

Result<Surroundings> observe_surroundings(Ports& ports, const Layout& layout,
                                          const std::vector<std::string>& ours) {
  Surroundings out;
  WX_LET(out.others, files_of_others(ports, layout, ours));
  const auto units = loadable(layout, ours);
  WX_LET(out.dependents, active_dependents(ports.systemd, units));
  for (const auto& name : units)
    if (const std::string stamp = timer_stamp(layout, name);
        name.ends_with(".timer") && exists(ports.files, stamp))
      out.stamps.push_back(stamp);
  return out;
}

}  // namespace wx
