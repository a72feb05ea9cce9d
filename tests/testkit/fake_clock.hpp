// A clock that moves only when told: by sleep(), advance() or step(). What is due in between runs in the
// order of its time, at its time. A callback may itself sleep, advance or ask for more. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "common/ports/clock.hpp"

namespace wx::testkit {

class FakeClock final : public Clock {
 public:
  using Id = std::pair<Micros, std::uint64_t>;

  // 2026-11-24T08:00:00Z, one hour after boot.
  explicit FakeClock(WallTime wall = WallTime{Micros{1'795'507'200'000'000}},
                     Micros monotonic = Micros{3'600'000'000})
      : wall_offset_(wall.time_since_epoch() - monotonic), monotonic_(monotonic) {}

  WallTime now() override { return WallTime{wall_offset_ + monotonic_}; }
  Micros monotonic() override { return monotonic_; }
  void sleep(Micros duration) override { advance(duration); }

  void advance(Micros duration) {
    const Micros end = monotonic_ + duration;
    while (monotonic_ < end || (!due_.empty() && due_.begin()->first.first <= end)) step(end);
  }
  // To the next callback, which is run, or to `limit` (monotonic) when none is due before.
  void step(Micros limit) {
    if (due_.empty() || due_.begin()->first.first > limit) {
      monotonic_ = std::max(monotonic_, limit);
      return;
    }
    const auto next = due_.extract(due_.begin());
    monotonic_ = std::max(monotonic_, next.key().first);
    next.mapped()();
  }

  // Run `callback` once the monotonic clock reaches `time` (at the next move when that is past).
  Id at(Micros time, std::function<void()> callback) {
    const Id id{time, ++number_};
    due_.emplace(id, std::move(callback));
    return id;
  }
  // Fine when it has run already.
  void cancel(Id id) { due_.erase(id); }
  void cancel_all() { due_.clear(); }

  // The wall clock is set; the monotonic clock and what is due stay.
  void jump(Micros difference) { wall_offset_ += difference; }

 private:
  Micros wall_offset_;
  Micros monotonic_;
  std::uint64_t number_ = 0;
  std::map<Id, std::function<void()>> due_;
};

}  // namespace wx::testkit
