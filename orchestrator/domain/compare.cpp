#include "orchestrator/domain/compare.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "common/core/text.hpp"

namespace wx {

namespace {

// Points that a single run may be off by its own rounding; runs themselves are counted exactly.
constexpr double same_rate = 1e-9;

bool near(long double a, long double b, const Tolerance& tolerance) {
  return std::fabs(a - b) <=
         static_cast<long double>(tolerance.abs) +
             static_cast<long double>(tolerance.rel) * std::max(std::fabs(a), std::fabs(b));
}

bool same_number(double a, double b, const Tolerance& tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return near(a, b, tolerance);
}

std::string decimal(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.4g", value);
  return buffer.data();
}

std::string missing_told(std::uint64_t count, const char* where) {
  return plural(count, "point") + (count == 1 ? " is" : " are") + " missing in the " + where + " bucket";
}

// What definitely differs; empty when nothing does.
std::string differences(const Comparison& comparison) {
  std::vector<std::string> parts;
  const auto lost = [&](const MissingPoints& missing, const char* where) {
    if (missing.total > missing.pending)
      parts.push_back(missing_told(missing.total - missing.pending, where));
  };
  lost(comparison.missing_in_candidate, "candidate's");
  lost(comparison.missing_in_main, "main");
  if (comparison.mismatched_total > 0)
    parts.push_back(plural(comparison.mismatched_total, "value") +
                    (comparison.mismatched_total == 1 ? " differs" : " differ"));
  return join(parts, ", ");
}

std::string equal_told(const Comparison& comparison) {
  return plural(comparison.in_both, "point") + " in both buckets, all equal";
}

// Split runs without a reach: no point is in both buckets, so that only their number can be compared.
CompareVerdict judge_rates(const Comparison& comparison, const DuePoints& due) {
  const auto rate = [](const BucketCount& bucket, const DueTimes& times) {
    return static_cast<double>(bucket.points) / static_cast<double>(times.runs());
  };
  if (due.main.runs() == 0)
    return {"insufficient", "no run of the active slot has succeeded yet", "wait for the next runs"};
  const double main = rate(comparison.main, due.main);
  const double candidate = rate(comparison.candidate, due.candidate);
  const std::string told = "the candidate writes " + decimal(candidate) + " points a run (" +
                           plural(due.candidate.runs(), "run") + "), the active slot " + decimal(main) +
                           " (" + plural(due.main.runs(), "run") + ")";
  if (std::fabs(main - candidate) <= same_rate * std::max(main, candidate)) return {"pass", told, {}};
  if (candidate == 0) return {"fail", told, "see why its runs write nothing: wxctl runs"};
  return {"inconclusive", told, "more runs: whether it is chance is for an analyze step to say"};
}

}  // namespace

bool same_value(const FieldValue& a, const FieldValue& b, const Tolerance& tolerance) {
  if (a.index() != b.index()) return false;
  if (const auto* number = std::get_if<double>(&a))
    return same_number(*number, std::get<double>(b), tolerance);
  if (const auto* whole = std::get_if<std::int64_t>(&a))
    return *whole == std::get<std::int64_t>(b) ||
           near(static_cast<long double>(*whole), static_cast<long double>(std::get<std::int64_t>(b)),
                tolerance);
  return a == b;
}

std::string_view type_name(const FieldValue& value) {
  static constexpr std::array<std::string_view, 4> names{"float", "integer", "string", "boolean"};
  return names.at(value.index());
}

std::string series_of(const Point& point) {
  return point.tags.empty() ? point.measurement : point.measurement + "," + point.tags;
}

void MissingPoints::add(const Point& point, bool is_pending) {
  ++total;
  if (is_pending) ++pending;
  if (first.size() < list_limit) first.push_back({point.time_ns, series_of(point)});
}

void Comparer::see(const Point* in_main, const Point* in_candidate) {
  const Point& point = in_main != nullptr ? *in_main : *in_candidate;
  const auto time = point.time_ns;
  const auto is_due = [&](const DueTimes& due, const Point* here) {
    return due.contains(time) && (here != nullptr || due.blames(time));
  };
  bool due_main = due_ == nullptr || is_due(due_->main, in_main);
  bool due_candidate = due_ == nullptr || is_due(due_->candidate, in_candidate);
  if (due_ != nullptr && due_->apart && due_main && due_candidate) {
    due_main = in_main != nullptr;
    due_candidate = in_candidate != nullptr;
  }
  const bool on_trial = due_ == nullptr || time >= due_->on_trial_since_ns;
  const auto count = [&](BucketCount& bucket, MissingPoints& missing, const Point* here, bool later) {
    ++bucket.due;
    if (here == nullptr) return missing.add(point, later);
    ++bucket.points;
    if (on_trial) ++bucket.on_trial;
  };
  const auto looked = [time](const DueTimes& times) { return times.last_look(time).value_or(INT64_MIN); };
  if (due_main)
    count(result_.main, result_.missing_in_main, in_main,
          due_ != nullptr && looked(due_->candidate) > looked(due_->main));
  if (due_candidate)
    count(result_.candidate, result_.missing_in_candidate, in_candidate,
          due_ != nullptr && looked(due_->main) > looked(due_->candidate));
  if (in_main == nullptr || in_candidate == nullptr || !due_main || !due_candidate) return;
  ++result_.in_both;
  compare_fields(*in_main, *in_candidate);
}

void Comparer::compare_fields(const Point& in_main, const Point& in_candidate) {
  auto a = in_main.fields.begin();
  auto b = in_candidate.fields.begin();
  while (a != in_main.fields.end() || b != in_candidate.fields.end()) {
    if (b == in_candidate.fields.end() || (a != in_main.fields.end() && a->first < b->first)) {
      mismatch(in_main, a->first, a->second, std::nullopt);
      ++a;
    } else if (a == in_main.fields.end() || b->first < a->first) {
      mismatch(in_main, b->first, std::nullopt, b->second);
      ++b;
    } else {
      if (!same_value(a->second, b->second, tolerance_)) mismatch(in_main, a->first, a->second, b->second);
      ++a;
      ++b;
    }
  }
}

void Comparer::mismatch(const Point& point, const std::string& field, std::optional<FieldValue> in_main,
                        std::optional<FieldValue> in_candidate) {
  ++result_.mismatched_total;
  if (result_.mismatched.size() < list_limit)
    result_.mismatched.push_back(
        {point.time_ns, series_of(point), field, std::move(in_main), std::move(in_candidate)});
}

std::optional<double> expected_share(const Comparison& comparison, const Trial& trial, Micros reach) {
  if (reach > Micros::zero()) {
    const auto all = comparison.main.due + comparison.candidate.due;
    if (all == 0) return std::nullopt;
    return static_cast<double>(comparison.candidate.due) / static_cast<double>(all);
  }
  if (trial.activations == 0) return std::nullopt;
  const auto activations = static_cast<double>(trial.activations);
  return trial.given / (trial.mirror ? activations + trial.given : activations);
}

std::optional<double> observed_share(const Comparison& comparison) {
  const auto all = comparison.main.on_trial + comparison.candidate.on_trial;
  if (all == 0) return std::nullopt;
  return static_cast<double>(comparison.candidate.on_trial) / static_cast<double>(all);
}

CompareVerdict judge_rollout(const Comparison& comparison, const DuePoints& due) {
  if (due.candidate.runs() == 0)
    return {"insufficient", "no run of the candidate has succeeded in the window",
            "a run of the candidate, or a longer --window"};
  if (comparison.main.due == 0 && comparison.candidate.due == 0)
    return {"insufficient", "no run of the window has written a point", "runs that write points"};
  if (const std::string told = differences(comparison); !told.empty())
    return {"fail", told, "abort, or correct the release and deploy it again"};
  const auto pending = comparison.missing_in_candidate.pending + comparison.missing_in_main.pending;
  if (pending > 0)
    return {"inconclusive",
            plural(pending, "point") + " may not have been there yet when the other slot looked",
            "the next run of that slot"};
  if (comparison.in_both > 0) return {"pass", equal_told(comparison), {}};
  return judge_rates(comparison, due);
}

CompareVerdict judge_idle(const Comparison& comparison) {
  if (comparison.main.points == 0 && comparison.candidate.points == 0)
    return {"insufficient", "neither bucket has a point in the window", "a longer --window"};
  if (comparison.candidate.points == 0 || comparison.main.points == 0)
    return {"insufficient",
            std::string("the ") + (comparison.main.points == 0 ? "main" : "candidate's") +
                " bucket has no point in the window: nothing to compare with",
            "a rollout, or a longer --window"};
  if (const std::string told = differences(comparison); !told.empty()) return {"fail", told, {}};
  return {"pass", equal_told(comparison), {}};
}

}  // namespace wx
