// Whether every activation ran once and its point is where it belongs, by what the programs of the releases
// did: neither the ledger nor the buckets are believed.
#pragma once

#include <string>
#include <vector>

#include "tests/testkit/fake_world.hpp"

namespace wx::crash {

// A line for each point that is lost, doubled or not to be there, and for each block of a split without its
// exact share. Right at any moment; waits until no run is in progress.
std::vector<std::string> judge_points(testkit::FakeWorld& world);

}  // namespace wx::crash
