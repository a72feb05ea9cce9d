// playbook list, show, lint, and schema: the strategies as files, and what files may say.

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/complaints.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/playbooks.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/domain/lint.hpp"
#include "orchestrator/engine/gates.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/timer_outlook.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::uint64_t largest_playbook = 1ull << 20;

void print_json(const json& document) {
  print_line(dump(document));
}

Result<std::string> read_document(const World& world, const std::string& path) {
  return world.ports.files.read(path, largest_playbook);
}

// A file where that is meant, else a shipped one.
Result<std::string> named_playbook(const World& world, const std::string& word) {
  const bool file = word.find('/') != std::string::npos || word.ends_with(".yaml") || word.ends_with(".yml");
  if (file || exists(world.ports.files, absolute(world, word))) return absolute(world, word);
  auto shipped = shipped_playbook(world, word);
  if (shipped) return shipped;
  return std::move(shipped).error().with_remedy(
      "wxctl playbook list names them; a file is named by its path");
}

Result<int> list(World& world) {
  json documents = json::array();
  std::vector<std::vector<std::string>> rows{{"playbook", "what it does, and its variables"}};
  for (const auto& name : shipped_playbooks(world)) {
    WX_LET(const std::string path, shipped_playbook(world, name));
    WX_LET(const std::string text, read_document(world, path));
    WX_LET(const Playbook playbook, parse_playbook(path, text, {}));
    json vars = json::object();
    std::vector<std::string> settings;
    for (const auto& variable : playbook.vars) {
      vars[variable.name] = variable.value;
      settings.push_back(variable.name + "=" + variable.value);
    }
    documents.push_back({{"name", name},
                         {"description", playbook.description},
                         {"vars", vars},
                         {"on_failure", playbook.on_failure},
                         {"steps", playbook.steps.size()},
                         {"file", path}});
    rows.push_back({name, playbook.description});
    if (!settings.empty()) rows.push_back({"", toned(world, Tone::dim, join(settings, " "))});
  }
  if (world.options.json)
    print_json(documents);
  else
    print(table(world, rows));
  return to_int(ExitStatus::done);
}

// As YAML 1.2 reads plain scalars: true, false and numbers are not texts.
json json_of(const yaml::Node& node) {
  json out;
  switch (node.kind()) {
    case yaml::Kind::null:
      break;
    case yaml::Kind::scalar:
      out = node.quoted() ? json(nullptr) : json::parse(node.scalar(), nullptr, false);
      if (!out.is_number() && !out.is_boolean()) out = node.scalar();
      break;
    case yaml::Kind::sequence:
      out = json::array();
      for (const auto& item : node.items()) out.push_back(json_of(item));
      break;
    case yaml::Kind::map:
      out = json::object();
      for (const auto& [key, value] : node.entries()) out[key.scalar()] = json_of(value);
      break;
  }
  return out;
}

Result<int> show(World& world, const std::string& name) {
  WX_LET(const std::string path, named_playbook(world, name));
  WX_LET(const std::string text, read_document(world, path));
  if (!world.options.json) {
    print(text);
    return to_int(ExitStatus::done);
  }
  WX_LET(const yaml::Node document, yaml::parse(path, text));
  print_json({{"file", path}, {"document", json_of(document)}});
  return to_int(ExitStatus::done);
}

Result<int> schema(World& world, const std::string& kind) {
  const std::string path = world.places.share + "/schemas/" + kind + ".schema.json";
  auto text = read_document(world, path);
  if (!text) return std::move(text).error().with_remedy("install wxctl again: its schemas belong to it");
  print(*text);
  return to_int(ExitStatus::done);
}

// The parser's "FILE:LINE:COLUMN: MESSAGE"; what has no place has line 0.
Complaint complaint_of(const std::string& line, const std::string& file) {
  Complaint complaint{Severity::error, {file, 0, 0}, line, {}};
  if (!line.starts_with(file + ":")) return complaint;
  const auto parts = split(line.substr(file.size() + 1), ':');
  if (parts.size() < 3) return complaint;
  complaint.place.line = std::atoi(parts[0].c_str());
  complaint.place.column = std::atoi(parts[1].c_str());
  complaint.message = line.substr(complaint.place.text().size() + 2);
  return complaint;
}

std::string release_of(const Manifest& manifest, const std::string& file) {
  return manifest.release.empty() || manifest.release.starts_with('/')
             ? manifest.release
             : parent_path(file) + "/" + manifest.release;
}

Result<std::vector<Complaint>> complaints_about(const World& world, const std::string& path,
                                                const std::vector<std::string>& texts) {
  WX_LET(const Settings settings, parse_settings(texts));
  WX_LET(const std::string text, read_document(world, path));
  const auto playbook = parse_playbook(path, text, settings);
  if (!playbook) {
    std::vector<Complaint> out;
    for (const auto& line : split(playbook.error().message, '\n')) out.push_back(complaint_of(line, path));
    return out;
  }
  if (world.options.manifest.empty()) return lint(*playbook, {});
  const std::string file = absolute(world, world.options.manifest);
  WX_LET(const std::string written, world.ports.files.read(file, largest_playbook));
  WX_LET(const Manifest manifest, parse_manifest(file, written));
  // Whatever is wrong with the timer is the manifest's: deploy tells it.
  const auto cadence = timer_outlook(world.ports, manifest, release_of(manifest, file));
  return lint(*playbook, {&manifest, known_check_ids(manifest), cadence ? *cadence : std::nullopt, false});
}

Result<int> lint_playbook(World& world, const std::string& name, const std::vector<std::string>& settings) {
  WX_LET(const std::string path, named_playbook(world, name));
  WX_LET(const auto complaints, complaints_about(world, path, settings));
  const bool passed = refusal_of(complaints).has_value();
  if (world.options.json) {
    print_json(
        {{"playbook", path}, {"passed", passed}, {"problems", json::parse(complaints_json(complaints))}});
  } else {
    for (const auto& complaint : complaints) print(complaint_text(world, complaint));
    if (complaints.empty()) print_line(path + ": nothing to complain about");
  }
  return to_int(passed ? ExitStatus::done : ExitStatus::bad_input);
}

}  // namespace

int verb_playbook_list(World& world) {
  return told(world, list(world));
}
int verb_playbook_show(World& world, const std::string& name) {
  return told(world, show(world, name));
}
int verb_schema(World& world, const std::string& kind) {
  return told(world, schema(world, kind));
}
int verb_playbook_lint(World& world, const std::string& name, const std::vector<std::string>& settings) {
  return told(world, lint_playbook(world, name, settings));
}

}  // namespace wx
