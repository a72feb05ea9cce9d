// preflight, validate and doctor: checks for people and for CI.
#include <algorithm>

#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/check_reports.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/check_threshold.hpp"
#include "orchestrator/engine/deploy.hpp"
#include "orchestrator/engine/doctor.hpp"
#include "orchestrator/engine/gates.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/preflight.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::string_view default_window = "1h";

int answer(World& world, const std::vector<CheckResult>& checks, bool strict, const std::string& format) {
  const int exit = exit_of(checks, strict);
  if (format == "json") {
    print_line(checks_json(checks, exit == 0));
  } else if (format == "junit") {
    print(junit_report("wxctl", checks));
  } else if (format == "github") {
    print(github_annotations(checks));
  } else {
    if (!world.options.quiet)
      for (const auto& check : checks) print_line(check_line(world, check));
    const auto count = [&](CheckStatus status) {
      return std::count_if(checks.begin(), checks.end(),
                           [&](const CheckResult& check) { return check.status == status; });
    };
    std::string summary = std::to_string(count(CheckStatus::pass)) + " passed, " +
                          std::to_string(count(CheckStatus::fail)) + " failed";
    if (const auto warned = count(CheckStatus::warn); warned > 0)
      summary += ", " + std::to_string(warned) + " warned";
    if (const auto skipped = count(CheckStatus::skip); skipped > 0)
      summary += ", " + std::to_string(skipped) + " could not be made";
    print_line(toned(world, exit == 0 ? Tone::good : Tone::bad, summary));
  }
  return exit;
}

Result<int> preflight(World& world) {
  WX_LET(const std::string file, manifest_to_deploy(world));
  WX_LET(const std::string app, app_of_manifest(world.ports.files, file));
  WX_LET(const std::string text, world.ports.files.read(file, 4u << 20));
  WX_LET(const Manifest manifest, parse_manifest(file, text));
  WX_LET(const Layout layout, layout_for(world, app));
  const auto checks = preflight_checks(
      {world.ports, layout, manifest, {}, "", unit_context(world, layout, parent_path(world.places.program))});
  for (const auto& check : checks)
    if (check.id == "manager" && check.status == CheckStatus::fail) {
      static_cast<void>(answer(world, checks, false, world.options.json ? "json" : "text"));
      return to_int(ExitStatus::environment);
    }
  return answer(world, checks, false, world.options.json ? "json" : "text");
}

std::vector<std::string> all_ids(const std::optional<Manifest>& manifest) {
  std::vector<std::string> ids;
  for (const auto& check : builtin_checks()) ids.push_back(check.id);
  if (manifest)
    for (const auto& check : manifest->checks) ids.push_back(check.id);
  return ids;
}

struct ListedCheck {
  std::string id;
  std::string title;
  Threshold threshold;
};

std::string asked_by(const CheckSpec& check) {
  if (!check.exec.empty()) return join(check.exec, " ");
  if (!check.http.empty()) return "GET " + check.http;
  return "metric " + (check.metric.empty() ? join(check.ratio, " / ") : check.metric);
}

// Of the installed app; where there is none, the checks that every app has.
std::vector<ListedCheck> listed_checks(const World& world) {
  const auto installed = read_installed(world);
  const Manifest manifest = installed && installed->manifest ? *installed->manifest : Manifest{};
  std::vector<ListedCheck> out;
  for (const auto& check : builtin_checks())
    if (manifest.check(check.id) == nullptr)
      out.push_back({check.id, check.title, builtin_threshold(manifest, check.id)});
  for (const auto& check : manifest.checks) out.push_back({check.id, asked_by(check), threshold_of(check)});
  return out;
}

int list_checks(const World& world) {
  json list = json::array();
  std::vector<std::vector<std::string>> rows{{"check", "what it asks", "threshold"}};
  for (const auto& check : listed_checks(world)) {
    const auto& [value, unit] = check.threshold;
    list.push_back({{"id", check.id},
                    {"title", check.title},
                    {"threshold", value.empty() ? json(nullptr) : json(value)},
                    {"unit", unit.empty() ? json(nullptr) : json(unit)}});
    rows.push_back({check.id, check.title, value.empty() ? "-" : value + (unit.empty() ? "" : " " + unit)});
  }
  if (world.options.json)
    print_line(dump(json{{"checks", list}}));
  else
    print(table(world, rows));
  return to_int(ExitStatus::done);
}

// Errors count from where the window begins, but not from before the present version took over: they were
// another's.
Result<WallTime> answerable_since(const World& world, const Installed& installed, const std::string& window) {
  WX_LET(const Micros since, parse_duration(window.empty() ? default_window : std::string_view(window)));
  const WallTime begin = world.ports.clock.now() - since;
  const bool rolling = installed.last_rollout && !installed.last_rollout->ended();
  if (!window.empty() || rolling) return begin;
  WX_LET(const FileInfo link, world.ports.files.info(installed.layout.current()));
  return std::max(begin, WallTime{Micros{link.modified_us}});
}

// What is deployed, as the checks of validate and doctor see it.
struct Deployed {
  Installed installed;
  WallTime since{};
};

Result<Deployed> deployed(const World& world, const std::string& window) {
  WX_LET(const auto version, world.ports.systemd.version());
  static_cast<void>(version);
  WX_LET(Installed installed, read_installed(world));
  if (!installed.generation || !installed.generation->route.active || !installed.manifest)
    return Error{Code::unavailable, "nothing of " + installed.layout.app + " is deployed yet",
                 "wxctl deploy --strategy gradual"};
  WX_LET(const WallTime since, answerable_since(world, installed, window));
  return Deployed{std::move(installed), since};
}

BuiltinScope scope_of(const World& world, const Deployed& deployed, RunLog& runs) {
  const Installed& installed = deployed.installed;
  return {{world.ports, installed.layout, *installed.manifest, *installed.generation, installed.number,
           *installed.generation->route.active},
          runs,
          deployed.since,
          installed.last_rollout && !installed.last_rollout->ended()};
}

RunLog runs_of(const World& world, const Deployed& deployed) {
  const Manifest& manifest = *deployed.installed.manifest;
  return {world.ports, deployed.installed.layout, manifest.service, manifest.program.timeout};
}

std::string format_of(const World& world, const std::string& asked) {
  if (!asked.empty()) return asked;
  return world.options.json ? "json" : "text";
}

Result<int> validate(World& world, const ValidateOptions& options) {
  if (options.list) return list_checks(world);
  WX_LET(const Deployed now, deployed(world, options.since));
  const auto ids = options.checks.empty() ? all_ids(now.installed.manifest) : options.checks;
  WX_TRY(check_ids_known(*now.installed.manifest, ids));
  RunLog runs = runs_of(world, now);
  const auto checks = run_checks(scope_of(world, now, runs), ids, [](const CheckResult&) {});
  return answer(world, checks, options.strict, format_of(world, options.output));
}

bool is_ailing(const CheckResult& check) {
  return check.status != CheckStatus::pass && check.status != CheckStatus::na;
}

Result<int> doctor(World& world, const ValidateOptions& options) {
  WX_LET(const Deployed now, deployed(world, options.since.empty() ? "24h" : options.since));
  RunLog runs = runs_of(world, now);
  const BuiltinScope scope = scope_of(world, now, runs);
  std::optional<std::string> forsaken;
  if (now.installed.unattended) forsaken = now.installed.last_rollout->plan.id;
  auto checks = doctor_checks({scope, forsaken});
  const std::string format = format_of(world, options.output);
  // To people only what ails is told, unless they ask for all of it.
  if (format != "text" || world.options.verbose) return answer(world, checks, options.strict, format);
  const std::size_t looked_at = checks.size();
  std::erase_if(checks, [](const CheckResult& check) { return !is_ailing(check); });
  if (!checks.empty()) return answer(world, checks, options.strict, format);
  print_line(toned(world, Tone::good, "nothing is wrong: looked at " + plural(looked_at, "thing")));
  return to_int(ExitStatus::done);
}

}  // namespace

int verb_preflight(World& world) {
  return told(world, preflight(world));
}
int verb_doctor(World& world, const ValidateOptions& options) {
  return told(world, doctor(world, options));
}
int verb_validate(World& world, const ValidateOptions& options) {
  return told(world, validate(world, options));
}

}  // namespace wx
