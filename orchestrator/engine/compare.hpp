// Comparing the buckets of an app as they are now.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "orchestrator/domain/compare.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"
#include "orchestrator/engine/run_log.hpp"

namespace wx {

struct CompareScope {
  Ports& ports;
  const Layout& layout;
  const Manifest& manifest;         // of the active slot
  const Generation& generation;     // the current one
  std::optional<WallTime> rollout;  // when the rollout in progress began
  Micros window;                    // from now back
  std::function<Status()> pulse = [] {
    return Status{};
  };  // asked every few thousand points; its error ends it
};

struct ComparedBucket {
  Slot slot = Slot::blue;
  std::string bucket;
};

struct CompareReport {
  WallTime from{};
  WallTime to{};
  ComparedBucket main;
  ComparedBucket candidate;
  bool in_rollout = false;
  std::optional<Comparison> comparison;  // none when it could not be made
  std::optional<double> expected_share;
  std::optional<double> observed_share;
  std::string verdict;  // pass fail inconclusive insufficient error cancelled
  std::string message;
  std::string change;  // what would change it
};

// Never fails: what stands in the way is the report's verdict (error, cancelled) and message. Memory does not
// grow with the number of points. Changes nothing, takes no lock.
CompareReport compare_buckets(const CompareScope& scope);

}  // namespace wx
