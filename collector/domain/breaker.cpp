#include "collector/domain/breaker.hpp"

#include <algorithm>

namespace wx::collector {

BreakerState state_of(const Breaker& breaker, WallTime now) {
  if (breaker.rest == Micros::zero()) return BreakerState::closed;
  const bool resting = breaker.since <= now && now < breaker.until();
  return resting ? BreakerState::open : BreakerState::half_open;
}

Breaker after_failure(const Breaker& breaker, const BreakerPolicy& policy, WallTime now,
                      std::optional<Micros> retry_after) {
  // A limit for the count, which says nothing more by then.
  Breaker after{std::min(breaker.failures + 1, 1'000'000), now, {}, false};
  const bool was_tried = breaker.rest > Micros::zero();
  if (retry_after && *retry_after > Micros::zero()) {
    after.rest = std::min(*retry_after, policy.longest_rest);
    after.asked = true;
  } else if (was_tried || after.failures >= policy.failure_threshold) {
    after.rest = policy.recovery_timeout;
  }
  return after;
}

}  // namespace wx::collector
