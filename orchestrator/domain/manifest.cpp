#include "orchestrator/domain/manifest.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/core/duration.hpp"
#include "common/core/text.hpp"
#include "common/yaml/document.hpp"
#include "orchestrator/domain/quantity.hpp"
#include "orchestrator/domain/variables.hpp"

namespace wx {

namespace {

using yaml::Kind;
using yaml::Map;
using yaml::Node;
using yaml::Problems;

constexpr std::size_t longest_name = 64;

bool is_app_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && name.front() >= 'a' && name.front() <= 'z' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

bool is_unit_name(std::string_view name, std::string_view suffix) {
  if (name.size() <= suffix.size() || name.size() > 200 || !name.ends_with(suffix)) return false;
  const auto stem = name.substr(0, name.size() - suffix.size());
  return std::all_of(stem.begin(), stem.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':';
  });
}

void check_text(const Node& node, Problems& problems) {
  if (node.kind() != Kind::scalar) return;
  if (auto checked = check_variables(node.scalar(), manifest_variables()); !checked)
    problems.add(node.mark(), checked.error().message);
}

// Strings below `node`, each with its variables checked.
std::vector<std::string> texts(const std::optional<Node>& node, const std::string& what, Problems& problems) {
  std::vector<std::string> out;
  if (!node) return out;
  if (node->kind() != Kind::sequence || node->items().empty()) {
    problems.add(node->mark(),
                 what + " must be a list of words, such as [\"${release}/bin/program\", \"--flag\"]");
    return out;
  }
  for (const Node& item : node->items()) {
    if (item.kind() != Kind::scalar) {
      problems.add(item.mark(), what + " must hold words only");
      continue;
    }
    check_text(item, problems);
    out.push_back(item.scalar());
  }
  return out;
}

std::string flat_scalar(const Node& value, const std::string& what, Problems& problems) {
  if (value.kind() != Kind::scalar) {
    problems.add(value.mark(), what + " must be a single value");
    return {};
  }
  if (value.scalar().find('\n') != std::string::npos) problems.add(value.mark(), what + " must be one line");
  return value.scalar();
}

std::vector<std::pair<std::string, std::string>> pairs(const std::optional<Node>& node,
                                                       const std::string& what, Problems& problems) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!node) return out;
  if (node->kind() != Kind::map) {
    problems.add(node->mark(), what + " must be a map of names to values");
    return out;
  }
  for (const auto& [key, value] : node->entries()) {
    check_text(value, problems);
    out.emplace_back(key.scalar(), flat_scalar(value, what + "." + key.scalar(), problems));
  }
  return out;
}

// Directives that routing depends on and that a manifest therefore cannot set.
bool is_reserved(std::string_view directive) {
  static constexpr std::array<std::string_view, 13> names{
      "Type",         "ExecStart",     "ExecStartPre",   "ExecStartPost",   "ExecStop",
      "ExecStopPost", "ExecCondition", "ExecReload",     "TimeoutStartSec", "TimeoutStopSec",
      "KillMode",     "SendSIGKILL",   "RemainAfterExit"};
  return std::find(names.begin(), names.end(), directive) != names.end();
}

std::vector<UnitDirective> directives_of(const Node& section, const std::string& name, Problems& problems) {
  std::vector<UnitDirective> out;
  if (section.kind() != Kind::map) {
    problems.add(section.mark(), "unit section " + name + " must be a map of directives");
    return out;
  }
  for (const auto& [key, value] : section.entries()) {
    const std::vector<Node> values =
        value.kind() == Kind::sequence ? value.items() : std::vector<Node>{value};
    if (is_reserved(key.scalar()))
      problems.add(key.mark(), key.scalar() +
                                   "= is set by wxctl itself; program.timeout, program.stop and "
                                   "program.exec of the manifest say what you mean");
    for (const Node& item : values)
      out.push_back(
          {name, key.scalar(), flat_scalar(item, name + "." + key.scalar(), problems), item.mark()});
  }
  return out;
}

std::vector<UnitDirective> parse_unit(const std::optional<Node>& node, Problems& problems) {
  std::vector<UnitDirective> out;
  if (!node) return out;
  if (node->kind() != Kind::map) {
    problems.add(node->mark(), "unit must be a map of sections, such as {Service: {MemoryMax: 200M}}");
    return out;
  }
  for (const auto& [section, body] : node->entries()) {
    if (section.scalar() != "Unit" && section.scalar() != "Service") {
      problems.add(section.mark(),
                   "unit takes the sections Unit and Service, not \"" + section.scalar() + "\"");
      continue;
    }
    for (auto& directive : directives_of(body, section.scalar(), problems))
      out.push_back(std::move(directive));
  }
  return out;
}

std::optional<TimerSpec> parse_timer(const std::optional<Node>& node, Problems& problems) {
  if (!node) return std::nullopt;
  TimerSpec timer;
  if (node->kind() == Kind::scalar) {
    timer.unit = node->scalar();
  } else if (node->kind() == Kind::map) {
    for (const auto& [key, value] : node->entries()) {
      if (key.scalar() == "unit") {
        timer.unit = flat_scalar(value, "timer.unit", problems);
      } else if (key.scalar() == "Unit") {
        problems.add(key.mark(), "timer.Unit is the entry unit (service:) and cannot be set");
      } else {
        const std::vector<Node> values =
            value.kind() == Kind::sequence ? value.items() : std::vector<Node>{value};
        for (const Node& item : values)
          timer.directives.push_back(
              {"Timer", key.scalar(), flat_scalar(item, "timer." + key.scalar(), problems), item.mark()});
      }
    }
  } else {
    problems.add(node->mark(), "timer must be a unit name or a map {unit: NAME.timer, OnCalendar: …}");
    return std::nullopt;
  }
  if (!is_unit_name(timer.unit, ".timer"))
    problems.add(node->mark(), "timer needs a unit name that ends in .timer, not \"" + timer.unit + "\"");
  return timer;
}

Program parse_program(const Node& node, Problems& problems) {
  Program program;
  Map map(node, "program", problems);
  program.exec = texts(map.required_node("exec"), "program.exec", problems);
  program.version = texts(map.optional_node("version"), "program.version", problems);
  program.flush = texts(map.optional_node("flush"), "program.flush", problems);
  program.backfill = texts(map.optional_node("backfill"), "program.backfill", problems);
  if (auto cwd = map.optional_node("cwd")) {
    check_text(*cwd, problems);
    program.cwd = flat_scalar(*cwd, "program.cwd", problems);
  }
  program.env = pairs(map.optional_node("env"), "program.env", problems);
  for (const auto& [name, value] : program.env)
    if (is_secret_name(name) && !value.empty())
      problems.add(
          map.mark_of("env"),
          "program.env." + name + " looks like a secret; list its name under program.secrets instead");
  program.secrets = map.optional_strings("secrets");
  program.timeout = map.optional_duration("timeout").value_or(program.timeout);
  program.drain = map.optional_duration("drain").value_or(program.timeout);
  program.stop = map.optional_duration("stop").value_or(program.stop);
  program.repeatable = map.optional_bool("repeatable").value_or(false);
  if (program.timeout <= Micros::zero())
    problems.add(map.mark_of("timeout"), "program.timeout must be longer than zero");
  map.finish();
  return program;
}

ConfigSpec parse_config(const Node& node, Problems& problems) {
  ConfigSpec config;
  Map map(node, "config", problems);
  config.template_file = map.required_string("template");
  config.set = pairs(map.optional_node("set"), "config.set", problems);
  map.finish();
  return config;
}

std::optional<double> bound(Map& map, std::string_view key, Problems& problems) {
  const auto text = map.optional_string(key);
  if (!text) return std::nullopt;
  const auto value = parse_fraction(*text, 100);
  if (!value)
    problems.add(map.mark_of(key),
                 std::string(key) + " must be a number or a percentage, not \"" + *text + "\"");
  return value;
}

CheckSpec parse_check(const std::string& id, const Node& node, Problems& problems) {
  CheckSpec check;
  check.id = id;
  Map map(node, "checks." + id, problems);
  check.exec = texts(map.optional_node("exec"), "checks." + id + ".exec", problems);
  if (auto url = map.optional_node("http")) {
    check_text(*url, problems);
    check.http = flat_scalar(*url, "checks." + id + ".http", problems);
  }
  if (auto expect = map.optional_node("expect")) {
    for (const Node& item : expect->kind() == Kind::sequence ? expect->items() : std::vector<Node>{*expect}) {
      int status = 0;
      const std::string text = flat_scalar(item, "expect", problems);
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
      if (error != std::errc{} || end != text.data() + text.size() || status < 100 || status > 599)
        problems.add(item.mark(), "expect takes HTTP statuses, not \"" + text + "\"");
      check.expect.push_back(status);
    }
  }
  if (auto metric = map.optional_node("metric")) {
    if (metric->kind() == Kind::scalar) {
      check.metric = metric->scalar();
    } else {
      Map inner(*metric, "checks." + id + ".metric", problems);
      check.ratio = inner.required_strings("ratio");
      if (check.ratio.size() != 2)
        problems.add(metric->mark(), "ratio takes two series: numerator and denominator");
      inner.finish();
    }
  }
  check.min = bound(map, "min", problems);
  check.max = bound(map, "max", problems);
  map.optional_duration("window");
  check.timeout = map.optional_duration("timeout").value_or(check.timeout);
  const int kinds = static_cast<int>(!check.exec.empty()) + static_cast<int>(!check.http.empty()) +
                    static_cast<int>(!check.metric.empty() || !check.ratio.empty());
  if (kinds != 1) problems.add(node.mark(), "checks." + id + " needs exactly one of exec, http, metric");
  map.finish();
  return check;
}

Limits parse_limits(const Node& node, Problems& problems) {
  Limits limits;
  Map map(node, "limits", problems);
  const auto size = [&](std::string_view key) -> std::optional<std::uint64_t> {
    const auto text = map.optional_string(key);
    if (!text) return std::nullopt;
    const auto bytes = parse_size(*text);
    if (!bytes)
      problems.add(map.mark_of(key),
                   std::string(key) + " must be a size such as 100MB, not \"" + *text + "\"");
    return bytes;
  };
  const auto percent = [&](std::string_view key) -> std::optional<double> {
    const auto text = map.optional_string(key);
    if (!text) return std::nullopt;
    const auto value = parse_fraction(*text, 1);
    if (!value)
      problems.add(map.mark_of(key),
                   std::string(key) + " must be a percentage such as 50%, not \"" + *text + "\"");
    return value;
  };
  limits.memory_bytes = size("memory");
  limits.disk_bytes = size("disk").value_or(limits.disk_bytes);
  limits.cpu_percent = percent("cpu");
  limits.loss_percent = percent("loss");
  limits.uptime_percent = percent("uptime");
  limits.duration = map.optional_duration("duration");
  limits.freshness = map.optional_duration("freshness");
  map.finish();
  return limits;
}

void check_header(Map& map, const std::string& kind, Problems& problems) {
  const std::string version = map.required_string("apiVersion");
  if (!version.empty() && version != "wxctl/v1")
    problems.add(map.mark_of("apiVersion"), "apiVersion must be wxctl/v1, not \"" + version + "\"");
  const std::string found = map.required_string("kind");
  if (!found.empty() && found != kind)
    problems.add(map.mark_of("kind"), "kind must be " + kind + ", not \"" + found + "\"");
}

}  // namespace

const CheckSpec* Manifest::check(std::string_view id) const {
  const auto found =
      std::find_if(checks.begin(), checks.end(), [&](const CheckSpec& spec) { return spec.id == id; });
  return found == checks.end() ? nullptr : &*found;
}

const std::vector<std::string>& optional_check_ids() {
  static const std::vector<std::string> ids{"dry-run", "test-mode", "test-validation", "self-test"};
  return ids;
}

Result<Manifest> parse_manifest(const std::string& file, std::string_view text) {
  WX_LET(const Node root, yaml::parse(file, text));
  Problems problems;
  Manifest manifest;
  Map map(root, "the manifest", problems);
  WX_TRY(problems.status());
  check_header(map, "App", problems);
  manifest.name = map.required_string("name");
  if (!manifest.name.empty() && !is_app_name(manifest.name))
    problems.add(map.mark_of("name"),
                 "name must be lower-case letters, digits, - and _, starting with a letter, not \"" +
                     manifest.name + "\"");
  manifest.service = map.required_string("service");
  if (!manifest.service.empty() &&
      (!is_unit_name(manifest.service, ".service") || manifest.service.find('@') != std::string::npos))
    problems.add(
        map.mark_of("service"),
        "service must be a unit name that ends in .service, without @, not \"" + manifest.service + "\"");
  manifest.timer = parse_timer(map.optional_node("timer"), problems);
  manifest.unit = parse_unit(map.optional_node("unit"), problems);
  manifest.release = map.optional_string("release").value_or("");
  if (const auto program = map.required_node("program")) manifest.program = parse_program(*program, problems);
  if (const auto config = map.optional_node("config")) manifest.config = parse_config(*config, problems);
  if (const auto store = map.optional_node("store")) manifest.store = parse_store(*store, problems);
  if (const auto metrics = map.optional_node("metrics")) {
    Map inner(*metrics, "metrics", problems);
    manifest.metrics_file = inner.optional_string("file").value_or("");
    inner.optional_string("url");
    if (auto checked = check_variables(manifest.metrics_file, manifest_variables()); !checked)
      problems.add(inner.mark_of("file"), checked.error().message);
    inner.finish();
  }
  if (const auto checks = map.optional_node("checks")) {
    if (checks->kind() != Kind::map) {
      problems.add(checks->mark(), "checks must be a map of ids to checks");
    } else {
      for (const auto& [id, body] : checks->entries())
        manifest.checks.push_back(parse_check(id.scalar(), body, problems));
    }
  }
  if (const auto limits = map.optional_node("limits")) manifest.limits = parse_limits(*limits, problems);
  const auto samples = map.optional_choice("samples", {"timer", "all"});
  manifest.count_all = samples ? *samples == "all" : !manifest.timer.has_value();
  if (samples && *samples == "timer" && !manifest.timer)
    problems.add(map.mark_of("samples"), "samples: timer needs a timer");
  if (const auto hooks = map.optional_node("hooks")) manifest.hooks = parse_hooks(*hooks, problems);
  manifest.contacts = map.optional_strings("contacts");
  map.finish();
  WX_TRY(problems.status());
  return manifest;
}

}  // namespace wx
