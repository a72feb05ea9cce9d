#include "collector/domain/retry.hpp"

#include <algorithm>

namespace wx::collector {
namespace {

std::optional<Micros> wait_scaled(const RetryPolicy& policy, const Attempt& attempt, double factor) {
  if (attempt.number >= policy.max_attempts) return std::nullopt;
  auto wait = policy.initial_backoff;
  for (int doubled = 1; doubled < attempt.number && wait < policy.max_backoff; ++doubled) wait *= 2;
  wait = std::min(wait, policy.max_backoff);
  wait = Micros(static_cast<Micros::rep>(static_cast<double>(wait.count()) * factor));
  if (attempt.retry_after) wait = std::max(wait, *attempt.retry_after);
  if (attempt.elapsed + wait >= policy.max_total_time) return std::nullopt;
  return wait;
}

}  // namespace

std::optional<Micros> next_wait(const RetryPolicy& policy, const Attempt& attempt) {
  return wait_scaled(policy, attempt, 1.0 + policy.jitter * (2.0 * attempt.random - 1.0));
}

std::optional<Micros> next_jittered_wait(const RetryPolicy& policy, const Attempt& attempt) {
  return wait_scaled(policy, attempt, attempt.random);
}

}  // namespace wx::collector
