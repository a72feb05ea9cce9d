#include "orchestrator/engine/units.hpp"

#include <nlohmann/json.hpp>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/format.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/surroundings.hpp"

namespace wx {

namespace {

using nlohmann::json;

// Services start and end by themselves: only timers are brought back into the state they had. (A service that
// is stopped here might be the very process that does it.)
bool is_timer(const std::string& name) {
  return name.ends_with(".timer");
}

// The unit that a file of ours configures: for a drop-in the one whose folder holds it.
std::string unit_of(const std::string& file) {
  return file.substr(0, file.find(".d/"));
}

// The manager still has what was in the file before: whoever wrote it died before the reload.
Result<bool> is_stale(Systemd& systemd, const std::string& file) {
  const std::string name = unit_of(file);
  if (name.find("@.") != std::string::npos) return false;  // a template is no unit; its instances tell
  WX_LET(const UnitState state, systemd.unit(name));
  return state.need_daemon_reload;
}

// Nothing of a file that is not to be there: neither what a crash left beside it nor a folder of drop-ins
// without any.
Status leave_no_trace(FileSystem& files, const std::string& path) {
  const std::string folder = parent_path(path);
  if (!exists(files, folder)) return {};
  if (exists(files, path)) WX_TRY(files.remove_file(path));
  if (exists(files, path + ".new")) WX_TRY(files.remove_file(path + ".new"));
  if (!folder.ends_with(".d")) return files.sync_directory(folder);
  WX_LET(const auto rest, files.list(folder));
  if (!rest.empty()) return files.sync_directory(folder);
  WX_TRY(files.remove_tree(folder));
  return files.sync_directory(parent_path(folder));
}

}  // namespace

Status sync_unit_links(Ports& ports, const Layout& layout) {
  const auto names = ports.files.list(layout.unit_dir);
  if (!names) return names.error().code == Code::not_found ? Status{} : Status(names.error());
  for (const auto& name : *names)
    if (name.ends_with(".wants") || name.ends_with(".requires"))
      WX_TRY(ports.files.sync_directory(layout.unit_dir + "/" + name));
  return ports.files.sync_directory(layout.unit_dir);
}

Status enable_unit(Ports& ports, const Layout& layout, const std::string& name) {
  WX_TRY(ports.systemd.enable(name));
  return sync_unit_links(ports, layout);
}

Status disable_unit(Ports& ports, const Layout& layout, const std::string& name) {
  WX_TRY(ports.systemd.disable(name));
  return sync_unit_links(ports, layout);
}

std::string render_unit_snapshot(const UnitSnapshot& snapshot) {
  json files = json::object();
  for (const auto& [name, content] : snapshot.files) files[name] = content ? json(*content) : json(nullptr);
  json states = json::object();
  for (const auto& [name, state] : snapshot.states)
    states[name] = {{"enabled", state.enabled}, {"active", state.active}};
  return json{{"format", 1}, {"files", files}, {"states", states}}.dump(1, ' ', false,
                                                                        json::error_handler_t::replace) +
         "\n";
}

Result<UnitSnapshot> parse_unit_snapshot(std::string_view text) {
  try {
    const json document = json::parse(text);
    if (document.value("format", engine_format) > engine_format)
      return newer_format("the record of unit files");
    UnitSnapshot snapshot;
    for (const auto& [name, content] : document.at("files").items()) {
      auto& slot = snapshot.files[name];
      if (!content.is_null()) slot = content.get<std::string>();
    }
    for (const auto& [name, state] : document.at("states").items())
      snapshot.states[name] = {state.at("enabled").get<bool>(), state.at("active").get<bool>()};
    return snapshot;
  } catch (const json::exception& problem) {
    return Error{Code::failed, std::string("the record of unit files is damaged: ") + problem.what()};
  }
}

Status Units::check_ours(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const std::string path = layout_.unit_dir + "/" + name;
    WX_LET(const auto content, read_unit_file(ports_.files, path));
    if (content && !content->starts_with(unit_file_mark(layout_.app)))
      return Error{Code::invalid, path + " exists and was not written by wxctl for app " + layout_.app,
                   "choose another service: or timer: in the manifest, or move the file away; adopting a "
                   "unit that runs is not "
                   "there yet"};
  }
  return {};
}

Result<bool> Units::write(const std::vector<UnitFile>& unit_files) {
  bool changed = false;
  for (const auto& file : unit_files) {
    const std::string path = layout_.unit_dir + "/" + file.name;
    WX_LET(const auto content, read_unit_file(ports_.files, path));
    if (content == file.content) {
      WX_LET(const bool stale, is_stale(ports_.systemd, file.name));
      changed = changed || stale;
      WX_TRY(sync_name(ports_.files, path));
      continue;
    }
    WX_TRY(make_directories(ports_.files, parent_path(path), 0755));
    WX_TRY(replace_file(ports_.files, path, file.content, 0644));
    changed = true;
  }
  return changed;
}

Result<UnitSnapshot> Units::snapshot(const std::vector<std::string>& names,
                                     const std::vector<std::string>& units) {
  UnitSnapshot snapshot;
  for (const auto& name : names) {
    WX_LET(snapshot.files[name], read_unit_file(ports_.files, layout_.unit_dir + "/" + name));
  }
  for (const auto& name : units) {
    WX_LET(const UnitState state, ports_.systemd.unit(name));
    snapshot.states[name] = {state.file_state.starts_with("enabled"), state.active_state == "active"};
  }
  return snapshot;
}

Status Units::restore(const UnitSnapshot& snapshot) {
  Systemd& systemd = ports_.systemd;
  std::map<std::string, UnitState> now;
  for (const auto& [name, state] : snapshot.states) {
    WX_LET(now[name], systemd.unit(name));
    if (is_timer(name) && !state.active && now[name].active_state == "active") {
      WX_LET(const JobResult job, systemd.stop(name, job_wait));
      if (job != JobResult::done)
        return Error{Code::failed,
                     "cannot stop " + name + ": its job ended as " + std::string(to_string(job))};
    }
    if (!state.enabled && now[name].file_state.starts_with("enabled"))
      WX_TRY(disable_unit(ports_, layout_, name));
  }
  bool changed = false;
  for (const auto& [name, content] : snapshot.files) {
    const std::string path = layout_.unit_dir + "/" + name;
    WX_LET(const auto present, read_unit_file(ports_.files, path));
    WX_LET(const bool stale, is_stale(systemd, name));
    changed = changed || stale || present != content;
    if (!content) {
      WX_TRY(leave_no_trace(ports_.files, path));
    } else if (present != content) {
      WX_TRY(make_directories(ports_.files, parent_path(path), 0755));
      WX_TRY(replace_file(ports_.files, path, *content, 0644));
    } else {
      WX_TRY(sync_name(ports_.files, path));
    }
  }
  if (changed) WX_TRY(systemd.reload());
  for (const auto& [name, state] : snapshot.states) {
    if (state.enabled && !now[name].file_state.starts_with("enabled"))
      WX_TRY(enable_unit(ports_, layout_, name));
    if (is_timer(name) && state.active && now[name].active_state != "active") {
      WX_LET(const JobResult job, systemd.start(name, job_wait));
      if (job != JobResult::done)
        return Error{Code::failed,
                     "cannot start " + name + ": its job ended as " + std::string(to_string(job))};
    }
  }
  return {};
}

}  // namespace wx
