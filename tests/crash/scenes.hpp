// The commands that are disturbed, each on a machine of its own that is ready for it.
#pragma once

#include <iosfwd>
#include <vector>

#include "tests/crash/trial.hpp"

namespace wx::crash {

// Nothing is deployed and this is the first deployment.
Scene first_deployment();
// ticks-1 is active in blue; ticks-2 is deployed beside it.
Scene gradual_rollout();
// Shares of 10, 25 and 50 % of a program that may run twice for one tick.
Scene canary_rollout();
// 50 % of one that may not, so that nothing makes a failed run of the candidate good.
Scene canary_of_an_unrepeatable_app();
Scene blue_green_rollout();
// A canary that stands still until a person in another process promotes it, once step by step, once to its
// end.
Scene promoted_canary();
Scene canary_promoted_in_full();
// Commands that end or take back a canary.
Scene abort_during_a_split();
Scene rollback_of_a_promoted_canary();
Scene rollback_to_an_older_release();

struct NamedScene {
  const char* name;
  Scene (*make)();
};
std::vector<NamedScene> all_scenes();
void PrintTo(const NamedScene& scene, std::ostream* out);

}  // namespace wx::crash
