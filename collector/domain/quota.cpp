#include "collector/domain/quota.hpp"

#include <algorithm>

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using Days = std::chrono::days;

std::int64_t day_of(WallTime time) {
  return std::chrono::floor<Days>(time).time_since_epoch().count();
}

}  // namespace

std::int64_t calls_today(const QuotaUse& use, WallTime now) {
  return use.day < day_of(now) ? 0 : use.calls;
}

bool is_resting(const QuotaUse& use, WallTime now) {
  return use.since <= now && now < use.until();
}

bool is_left(const QuotaUse& use, const QuotaPolicy& policy, bool live, WallTime now) {
  if (policy.calls_per_day == 0) return true;
  return calls_today(use, now) < policy.calls_per_day - (live ? 0 : policy.reserved);
}

QuotaUse after_call(const QuotaUse& use, WallTime now) {
  auto after = use;
  after.calls = calls_today(use, now) + 1;
  after.day = day_of(now);
  return after;
}

Micros rest_after(std::optional<std::int64_t> retry_after_s, WallTime now, double random) {
  constexpr std::int64_t longest_s = 24LL * 60 * 60;
  constexpr Micros most_jitter = 5min;
  Micros rest = std::chrono::ceil<Days>(now + 1us) - now;
  if (retry_after_s) rest = std::chrono::seconds(std::clamp<std::int64_t>(*retry_after_s, 0, longest_s));
  const auto jitter = retry_after_s ? std::min(rest / 10, most_jitter) : most_jitter;
  return rest + Micros(static_cast<Micros::rep>(random * static_cast<double>(jitter.count())));
}

}  // namespace wx::collector
