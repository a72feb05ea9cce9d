// Comparing the main bucket with the candidate's, point by point. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/point.hpp"
#include "orchestrator/domain/due.hpp"
#include "orchestrator/domain/store_spec.hpp"

namespace wx {

// What is shown of a long list.
inline constexpr std::size_t list_limit = 100;

// Equal within the tolerance; NaN equals NaN, and values of different types are never equal.
bool same_value(const FieldValue& a, const FieldValue& b, const Tolerance& tolerance);
std::string_view type_name(const FieldValue& value);

// measurement,tags
std::string series_of(const Point& point);

struct MissingPoints {
  struct Entry {
    std::int64_t time_ns;
    std::string series;
  };
  std::vector<Entry> first;  // at most list_limit
  std::uint64_t total = 0;
  std::uint64_t pending = 0;  // of these: the other bucket's slot has looked since, this one's has not

  void add(const Point& point, bool is_pending);
};

struct Mismatch {
  std::int64_t time_ns;
  std::string series;
  std::string field;
  std::optional<FieldValue> main;  // none: the point has no such field there
  std::optional<FieldValue> candidate;
};

struct BucketCount {
  std::uint64_t points = 0;  // that count: all of the window, or the due ones
  std::uint64_t due = 0;
  std::uint64_t on_trial = 0;  // of the points: since the candidate was on trial
};

// What is due in each bucket, and since when the candidate has been given runs.
struct DuePoints {
  DueTimes main;
  DueTimes candidate;
  std::int64_t on_trial_since_ns;
  // Split, without a reach: each point is one run's. Where the spans of two runs of both slots touch, at a whole second, a point is due
  // from the one that has it.
  bool apart = false;
};

struct Comparison {
  BucketCount main;
  BucketCount candidate;
  MissingPoints missing_in_main;
  MissingPoints missing_in_candidate;
  std::vector<Mismatch> mismatched;  // at most list_limit
  std::uint64_t mismatched_total = 0;
  std::uint64_t in_both = 0;
};

class Comparer {
 public:
  // Without `due` every point counts; it must outlive this object.
  Comparer(const DuePoints* due, Tolerance tolerance) : due_(due), tolerance_(tolerance) {}

  // One point: as main has it, as the candidate's bucket has it; null where it is not.
  void see(const Point* in_main, const Point* in_candidate);
  [[nodiscard]] const Comparison& result() const { return result_; }

 private:
  void compare_fields(const Point& in_main, const Point& in_candidate);
  void mismatch(const Point& point, const std::string& field, std::optional<FieldValue> in_main,
                std::optional<FieldValue> in_candidate);
  const DuePoints* due_;
  Tolerance tolerance_;
  Comparison result_;
};

// Activations since the candidate was on trial, and the share of them that it was to get.
struct Trial {
  bool mirror = false;  // it ran in addition, not instead
  std::uint64_t activations = 0;
  double given = 0;  // sum of the shares in force
};

// Of all points: those of the candidate. None when nothing can be expected or seen.
std::optional<double> expected_share(const Comparison& comparison, const Trial& trial, Micros reach);
std::optional<double> observed_share(const Comparison& comparison);

struct CompareVerdict {
  std::string verdict;  // pass fail inconclusive insufficient
  std::string message;
  std::string change;  // what would change it
};

// During a rollout: `due` is what the comparison was made with.
CompareVerdict judge_rollout(const Comparison& comparison, const DuePoints& due);
CompareVerdict judge_idle(const Comparison& comparison);

}  // namespace wx
