// One command that is disturbed at one effect, what is done about it, and whether the host is as it must be.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/crash/commands.hpp"
#include "tests/crash/host_state.hpp"

namespace wx::crash {

// What a person or a unit does: one process, which makes or takes up the rollout `id`.
using Command =
    std::function<Result<RolloutView>(FakeWorld& world, EffectObserver& observer, const std::string& id)>;

// A command to be disturbed, with the machine before it and the states that it may end in.
struct Scene {
  std::string name;
  FakeWorld::Disk disk;
  Command command;
  std::string id;
  HostState untouched;
  HostState done;               // the command's rollout ended with exit 0
  HostState taken_back;         // … with another
  HostState retried;            // … Failed, and `rollback` tried again what had failed
  std::vector<Effect> effects;  // of the undisturbed command
};

struct Settled {
  Result<RolloutView> view;
  const HostState* wanted;
};
// What a person does about a rollout until it has ended: goes on with it, says what it waits for, rolls back
// again what ended Failed, or, where it had not begun, gives the command again.
Settled settle(FakeWorld& world, const Scene& scene, Result<RolloutView> view);

// What is wrong with the host after that, a line each: the state that belongs to
// its end, the entry's work, the points of every activation, nothing half-written.
std::vector<std::string> judge_host(FakeWorld& world, const Settled& settled);

// `count` numbers below `bound`, or all of them, evenly spread. All with WXCTL_TORTURE in the environment;
// few under a sanitizer, which makes all of them take minutes.
std::vector<std::size_t> sample(std::size_t bound, std::size_t count);

std::string effect_name(const Scene& scene, std::size_t number);

}  // namespace wx::crash
