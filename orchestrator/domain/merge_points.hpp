// Two ordered streams of points side by side. Pure.
#pragma once

#include "common/core/point.hpp"
#include "common/core/result.hpp"

namespace wx {

// `next_a` and `next_b` give points in the order of comes_before() (Result<bool>(Point&), false at the end).
// `see(a, b)` is called once for each point that at least one of them has, null for the one that lacks it; it
// may answer an error to stop.
template <class NextA, class NextB, class See>
Status merge_points(NextA&& next_a, NextB&& next_b, See&& see) {
  Point a;
  Point b;
  WX_LET(bool has_a, next_a(a));
  WX_LET(bool has_b, next_b(b));
  while (has_a || has_b) {
    const bool same = has_a && has_b && same_point(a, b);
    const bool take_a = same || (has_a && (!has_b || comes_before(a, b)));
    const bool take_b = same || !take_a;
    WX_TRY(see(take_a ? &a : nullptr, take_b ? &b : nullptr));
    if (take_a) {
      WX_LET(has_a, next_a(a));
    }
    if (take_b) {
      WX_LET(has_b, next_b(b));
    }
  }
  return {};
}

}  // namespace wx
