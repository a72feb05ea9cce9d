// One rollout that is disturbed at one effect, what is done about it, and whether the host is as it must be.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/crash/commands.hpp"
#include "tests/crash/host_state.hpp"

namespace wx::crash {

// A rollout to be disturbed, with the machine before it and the two states that it may end in.
struct Scene {
  FakeWorld::Disk disk;
  Order order;
  HostState before;
  HostState after;
  std::vector<Effect> effects;  // of the undisturbed rollout
};

// Nothing is deployed and `order` is the first deployment.
Scene first_deployment();
// ticks-1 is active in blue; ticks-2 is deployed beside it.
Scene gradual_rollout();

// What is wrong with the host after a rollout whose view is `view`, a line each: the state that belongs to
// its phase, the entry's work, the points of every activation, nothing half-written.
std::vector<std::string> judge_host(FakeWorld& world, const Scene& scene, const Result<RolloutView>& view);

// What is wrong while nobody drives: the router must go on as if nothing had happened.
std::vector<std::string> judge_points(FakeWorld& world);

// Every how-many-th effect is tried: each one, but under a sanitizer, which makes all of them take minutes, a
// share that is coprime to what repeats in a rollout.
constexpr std::size_t stride() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 29;
#else
  return 1;
#endif
}

std::string effect_name(const Scene& scene, std::size_t number);

}  // namespace wx::crash
