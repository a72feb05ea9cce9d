#include "tests/crash/host_state.hpp"

#include "orchestrator/engine/generations.hpp"

namespace wx::crash {

namespace {

// Around the first place where `text` differs from `other`.
std::string shortened(const std::string& text, const std::string& other) {
  constexpr std::size_t around = 60;
  std::size_t at = 0;
  while (at < text.size() && at < other.size() && text[at] == other[at]) ++at;
  const std::size_t begin = at > around ? at - around : 0;
  return "…" + text.substr(begin, 2 * around) + "…";
}

}  // namespace

HostState observe_host(testkit::FakeWorld& world) {
  HostState state;
  const Layout& layout = world.layout;
  for (const auto& [path, what] : world.files.dump())
    for (const auto& root : {layout.unit_dir, layout.config_dir, layout.data + "/slots"})
      if (path.starts_with(root + "/") && !what.starts_with("directory")) state[path] = what;
  for (const auto& unit : {layout.resume_unit(), layout.deadman_timer(), std::string("ticks.timer")}) {
    const auto found = world.systemd.unit(unit);
    state["unit " + unit] = found ? found->active_state + ", " + found->file_state +
                                        (found->need_daemon_reload ? ", to be reloaded" : "")
                                  : found.error().message;
  }
  testkit::EffectLog log;
  testkit::FakeProcess process(world, log);
  Generations generations(process.ports, layout);
  auto generation = generations.current();
  if (!generation) {
    state["generation"] = generation.error().message;
  } else if (*generation) {
    // Numbers and ids of rollouts differ from one try to the next.
    (*generation)->route.generation = 0;
    (*generation)->route.rollout.reset();
    (*generation)->route.seed.clear();
    state["generation"] = render_generation(**generation);
  }
  state["lease"] = world.files.info(layout.lease()) ? "out" : "none";
  return state;
}

std::vector<std::string> differences(const HostState& wanted, const HostState& found) {
  std::vector<std::string> out;
  for (const auto& [aspect, value] : wanted) {
    const auto other = found.find(aspect);
    if (other == found.end())
      out.push_back(aspect + " is missing");
    else if (other->second != value)
      out.push_back(aspect + " is " + shortened(other->second, value) + "\n    instead of " +
                    shortened(value, other->second));
  }
  for (const auto& [aspect, value] : found)
    if (!wanted.contains(aspect)) out.push_back(aspect + " is there: " + shortened(value, {}));
  return out;
}

}  // namespace wx::crash
