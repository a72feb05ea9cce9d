// All of a host that a rollout may change and must leave wholly old or wholly new.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/testkit/fake_world.hpp"

namespace wx::crash {

// Aspect -> value; two hosts are alike when these are equal.
using HostState = std::map<std::string, std::string>;

// Unit files with links, enabled and active states, live config, manifest, route without its number, slots,
// the slots' state, the lease. Empty directories do not count.
HostState observe_host(testkit::FakeWorld& world);

// One line per aspect that differs; empty when they are alike.
std::vector<std::string> differences(const HostState& wanted, const HostState& found);

}  // namespace wx::crash
