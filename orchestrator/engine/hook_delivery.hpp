// Telling the hooks. A rollout only has the manager start a unit that does it, and goes on: a hook that hangs
// or fails holds nothing up. What was told is kept beside the journal, so that whatever dies, nothing is left
// out and hardly anything told twice.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/process.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/hook_events.hpp"

namespace wx {

// What came of telling one hook of one event.
struct Delivery {
  std::size_t record = 0;  // of the journal
  std::string phase;
  std::string hook;  // its name
  bool delivered = false;
  int attempts = 0;
  std::string message;  // why not; never the address of a webhook
  WallTime at{};
};

struct HookTools {
  Ports& ports;
  const Layout& layout;
  std::function<Result<ProcessOutcome>(const ProcessRequest&)> run;
  std::vector<std::pair<std::string, std::string>> environment;  // of commands
};

// Have a unit of its own started that tells the hooks, whenever a record makes an event. The context must
// outlive its journal.
void tell_hooks_of(RolloutContext& rollout);
// Tell everything that was not told yet, oldest first; each hook is tried up to three times, what fails then
// is left. Waits for whoever is at it already. One call blocks as long as the hooks take.
Status deliver_events(const HookTools& tools, const std::string& rollout);
// One attempt at one hook, by hand.
Delivery try_hook(const HookTools& tools, const Manifest& manifest, const HookSpec& hook,
                  const HookEvent& event);
// What was told of a rollout, oldest first; empty when nothing was.
Result<std::vector<Delivery>> read_deliveries(FileSystem& files, const Layout& layout,
                                              const std::string& rollout);

}  // namespace wx
