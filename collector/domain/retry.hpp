// When to ask a server again. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>

#include "common/ports/clock.hpp"

namespace wx::collector {

struct RetryPolicy {
  int max_attempts = 5;
  Micros initial_backoff{5'000'000};
  Micros max_backoff{160'000'000};
  Micros max_total_time{300'000'000};  // from the first request of a run to the end of its last
  double jitter = 0.1;                 // share by which a wait varies, so that a fleet does not knock in step
};

struct Attempt {
  int number = 1;                     // the attempt that failed, from 1
  Micros elapsed{};                   // since the first request of the run
  std::optional<Micros> retry_after;  // what the server asked for
  double random = 0.5;                // [0, 1)
};

// How long to wait before the next attempt; nothing when it would be one too many or end beyond the total
// time.
std::optional<Micros> next_wait(const RetryPolicy& policy, const Attempt& attempt);
// The same with full jitter: anything from no wait at all to the whole one, so that those who were turned
// away together do not come back together.
std::optional<Micros> next_jittered_wait(const RetryPolicy& policy, const Attempt& attempt);

}  // namespace wx::collector
