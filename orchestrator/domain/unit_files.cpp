#include "orchestrator/domain/unit_files.hpp"

#include <algorithm>

#include "common/core/duration.hpp"
#include "common/core/text.hpp"
#include "orchestrator/routing/route.hpp"

namespace wx {

namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/._-+:@,=").find(c) != std::string_view::npos;
}

// A dollar begins a variable in ExecStart= and nothing in Environment= (systemd.exec(5)).
enum class Dollar { variable, plain };

std::string quoted(std::string_view word, Dollar dollar) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return std::string(word);
  std::string out = "\"";
  for (const char c : word) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    if (c == '%') out += '%';
    if (c == '$' && dollar == Dollar::variable) out += '$';
    out += c;
  }
  return out + "\"";
}

std::string command(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const auto& word : words) out.push_back(exec_word(word));
  return join(out, " ");
}

bool belongs_to_entry(std::string_view key) {
  return key.starts_with("Restart") || key == "OnFailure" || key == "OnSuccess" || key == "StartLimitBurst" ||
         key == "StartLimitIntervalSec";
}

bool belongs_to_both(std::string_view key) {
  return key == "SuccessExitStatus" || key == "RestartPreventExitStatus" || key == "RestartForceExitStatus";
}

enum class Owner { entry, instance };

std::string directives(const Manifest& manifest, std::string_view section, Owner owner) {
  std::string out;
  for (const auto& directive : manifest.unit) {
    if (directive.section != section) continue;
    const bool entry = belongs_to_entry(directive.key);
    if (!belongs_to_both(directive.key) && entry != (owner == Owner::entry)) continue;
    out += directive.key + "=" + directive.value + "\n";
  }
  return out;
}

std::string environment_lines(const UnitContext& context) {
  std::string out;
  for (const auto& [key, value] : context.environment)
    out += "Environment=" + quoted(key + "=" + value, Dollar::plain) + "\n";
  return out;
}

std::string exec_instance(const UnitContext& context) {
  return command({context.engine_dir + "/wxctl-router", "exec", "--root", context.data}) + " --slot %i";
}

std::string time_limits(const Manifest& manifest, Micros longest) {
  return "TimeoutStartSec=" + format_duration(longest) +
         "\nTimeoutStopSec=" + format_duration(manifest.program.stop) + "\n";
}

// A check has a time-out of its own, which may be longer than a run's; systemd's comes after it, or who ended
// it would be chance.
Micros longest_check(const Manifest& manifest) {
  Micros longest = manifest.program.timeout;
  for (const auto& check : manifest.checks)
    if (!check.exec.empty()) longest = std::max(longest, check.timeout);
  return longest + manifest.program.stop;
}

}  // namespace

std::string exec_word(std::string_view word) {
  return quoted(word, Dollar::variable);
}

std::string unit_file_mark(const std::string& app) {
  return "# wxctl: app " + app + "\n";
}

UnitFile entry_unit(const Manifest& manifest, const UnitContext& context) {
  return {manifest.service, unit_file_mark(context.app) + "[Unit]\nDescription=" + manifest.name +
                                ", routed by wxctl\n"
                                "StartLimitIntervalSec=0\n" +
                                directives(manifest, "Unit", Owner::entry) +
                                "\n[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=" +
                                command({context.engine_dir + "/wxctl-router", "--root", context.data}) +
                                "\n" + directives(manifest, "Service", Owner::entry)};
}

UnitFile timer_unit(const Manifest& manifest, const UnitContext& context) {
  std::string lines;
  for (const auto& directive : manifest.timer->directives)
    lines += directive.key + "=" + directive.value + "\n";
  return {manifest.timer->unit, unit_file_mark(context.app) + "[Unit]\nDescription=Timer of " +
                                    manifest.name + "\n\n[Timer]\nUnit=" + manifest.service + "\n" + lines +
                                    "\n[Install]\nWantedBy=timers.target\n"};
}

// A slot's own limits are in its drop-in; those of the template end a run that outlives its drop-in when a
// rollback takes the slot's release back.
UnitFile instance_template(const Manifest& manifest, const UnitContext& context) {
  return {instance_name(manifest.service, ""),
          unit_file_mark(context.app) + "[Unit]\nDescription=" + manifest.name +
              ", slot %i\nStartLimitIntervalSec=0\n" +
              "\n[Service]\nType=oneshot\nRestart=no\nKillMode=control-group\nSendSIGKILL=yes\nExecStart=" +
              exec_instance(context) + "\n" + time_limits(manifest, manifest.program.timeout)};
}

UnitFile slot_drop_in(const Manifest& manifest, const UnitContext& context, const std::string& instance) {
  const Micros longest = instance.ends_with(".check") ? longest_check(manifest) : manifest.program.timeout;
  return {instance_name(manifest.service, instance) + ".d/10-wxctl.conf",
          unit_file_mark(context.app) + "[Unit]\n" + directives(manifest, "Unit", Owner::instance) +
              "\n[Service]\nExecStart=\nExecStart=" + exec_instance(context) + "\n" +
              time_limits(manifest, longest) + directives(manifest, "Service", Owner::instance)};
}

UnitFile resume_unit(const UnitContext& context, const std::string& name) {
  return {name, unit_file_mark(context.app) + "[Unit]\nDescription=Go on with the rollout of " + context.app +
                    "\n\n[Service]\nType=exec\nRestart=on-failure\nRestartSec=5s\nExecStart=" +
                    command({context.engine_dir + "/wxctl", "engine", "--app", context.app, "--resume"}) +
                    "\n" + environment_lines(context) + "\n[Install]\nWantedBy=default.target\n"};
}

UnitFile deadman_service(const UnitContext& context, const std::string& name,
                         const std::string& resume_name) {
  return {name, unit_file_mark(context.app) + "[Unit]\nDescription=Dead-man's switch of " + context.app +
                    "\nAfter=" + resume_name +
                    "\nStartLimitIntervalSec=0\n\n[Service]\nType=oneshot\nExecStart=" +
                    command({context.engine_dir + "/wxctl", "engine", "--app", context.app, "--deadman"}) +
                    "\n" + environment_lines(context)};
}

UnitFile deadman_timer(const UnitContext& context, const std::string& name, Micros period) {
  const std::string every = format_duration(period);
  return {name, unit_file_mark(context.app) + "[Unit]\nDescription=Dead-man's switch of " + context.app +
                    "\n\n[Timer]\nOnActiveSec=" + every + "\nOnUnitInactiveSec=" + every +
                    "\nAccuracySec=100ms\n\n[Install]\nWantedBy=timers.target\n"};
}

}  // namespace wx
