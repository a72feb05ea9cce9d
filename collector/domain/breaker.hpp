// When a server that fails is left alone, so that it can recover and runs do not wait in vain. Pure,
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "common/ports/clock.hpp"

namespace wx::collector {

struct BreakerPolicy {
  int failure_threshold = 5;             // failures in a row
  Micros recovery_timeout{300'000'000};  // for which it is left alone then
  Micros longest_rest{3'600'000'000};    // of what a server may ask for
};

// What is known of one server; a value without failures is a server that answers.
struct Breaker {
  int failures = 0;    // in a row
  WallTime since{};    // the last of them
  Micros rest{};       // how long it is left alone from then on
  bool asked = false;  // it said itself for how long (Retry-After)

  bool operator==(const Breaker&) const = default;
  [[nodiscard]] WallTime until() const { return since + rest; }
};

enum class BreakerState {
  closed,     // it is asked
  open,       // it is left alone
  half_open,  // one request may try it
};

// A clock that went back to before the last failure says nothing about how long that is ago: half open.
BreakerState state_of(const Breaker& breaker, WallTime now);
// `retry_after`: what the server asked for with its refusal.
Breaker after_failure(const Breaker& breaker, const BreakerPolicy& policy, WallTime now,
                      std::optional<Micros> retry_after);

// How a server is doing at the end of a run.
struct ServerState {
  BreakerState state = BreakerState::closed;
  Breaker breaker = {};
  std::uint64_t retries = 0;  // of this run
};

}  // namespace wx::collector
