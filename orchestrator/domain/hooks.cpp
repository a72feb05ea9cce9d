#include "orchestrator/domain/hooks.hpp"

#include <algorithm>

#include "common/core/duration.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/variables.hpp"

namespace wx {

namespace {

using yaml::Kind;
using yaml::Map;
using yaml::Node;
using yaml::Problems;

constexpr std::size_t most_hooks = 16;

void check_text(const std::string& text, const yaml::Mark& mark, Problems& problems) {
  if (auto checked = check_variables(text, hook_variables()); !checked)
    problems.add(mark, checked.error().message);
}

HookSpec parse_hook(const Node& node, Problems& problems) {
  HookSpec hook;
  Map map(node, "hooks.on_phase", problems);
  hook.exec = map.optional_strings("exec");
  hook.webhook_file = map.optional_string("webhook_file").value_or("");
  hook.phases = map.optional_strings("phases");
  hook.timeout = map.optional_duration("timeout").value_or(hook.timeout);
  for (const auto& word : hook.exec) check_text(word, map.mark_of("exec"), problems);
  check_text(hook.webhook_file, map.mark_of("webhook_file"), problems);
  if (hook.exec.empty() == hook.webhook_file.empty())
    problems.add(node.mark(),
                 "a hook needs either exec, a list of words, or webhook_file, a file that holds an address");
  for (const auto& phase : hook.phases)
    if (std::find(phase_names().begin(), phase_names().end(), phase) == phase_names().end())
      problems.add(map.mark_of("phases"),
                   "there is no phase \"" + phase + "\"" + suggestion(phase, phase_names()));
  if (hook.timeout <= Micros::zero() || hook.timeout > hook_longest)
    problems.add(map.mark_of("timeout"),
                 "the timeout of a hook must lie between 0 and " + format_duration(hook_longest));
  map.finish();
  return hook;
}

}  // namespace

std::string HookSpec::name() const {
  return exec.empty() ? "webhook of " + webhook_file : join(exec, " ");
}

bool HookSpec::wants(const std::string& phase) const {
  return phases.empty() || std::find(phases.begin(), phases.end(), phase) != phases.end();
}

const std::vector<std::string>& phase_names() {
  static const std::vector<std::string> names{"Pending",     "Progressing", "Paused",     "Promoting",
                                              "RollingBack", "Healthy",     "RolledBack", "Failed"};
  return names;
}

const std::vector<std::string>& hook_variables() {
  static const std::vector<std::string> names{"app",   "data",    "shared",  "rollout", "strategy",
                                              "phase", "outcome", "message", "version"};
  return names;
}

std::vector<HookSpec> parse_hooks(const Node& node, Problems& problems) {
  std::vector<HookSpec> hooks;
  Map map(node, "hooks", problems);
  const auto list = map.required_node("on_phase");
  map.finish();
  if (!list) return hooks;
  if (list->kind() != Kind::sequence) {
    problems.add(list->mark(),
                 "hooks.on_phase must be a list, such as [{exec: [notify-send, \"${app}: ${phase}\"]}]");
    return hooks;
  }
  const auto items = list->items();
  if (items.size() > most_hooks)
    problems.add(list->mark(), "there are more than " + std::to_string(most_hooks) + " hooks");
  for (const Node& item : items) hooks.push_back(parse_hook(item, problems));
  return hooks;
}

}  // namespace wx
