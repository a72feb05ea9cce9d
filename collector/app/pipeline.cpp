#include "collector/app/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "collector/domain/points.hpp"
#include "collector/domain/validate.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

// Above any window of the configured places; points beyond it count as new and are written again, which
// changes nothing.
constexpr std::size_t max_read_back = 200'000;

void warn_of_rejections(const Workshop& workshop, const Rejections& rejected, const std::string& location) {
  if (rejected.empty()) return;
  std::vector<std::string> parts;
  for (const auto& [reason, count] : rejected)
    parts.push_back(std::string(to_string(reason)) + " " + std::to_string(count));
  workshop.log.write(LogLevel::warning, location + ": rejected " + join(parts, ", "),
                     {{"WX_LOCATION", location}});
}

}  // namespace

Result<std::vector<Point>> stored_window(BucketStore& store, const std::string& bucket,
                                         const std::vector<Point>& points) {
  const auto by_time = [](const Point& a, const Point& b) { return a.time_ns < b.time_ns; };
  const auto [first, last] = std::minmax_element(points.begin(), points.end(), by_time);
  return read_points(store, {bucket, std::string(measurement), first->time_ns, last->time_ns + 1},
                     max_read_back);
}

std::optional<std::vector<Point>> gather(const Workshop& workshop, Summary& summary) {
  auto harvests = workshop.source.fetch();
  if (!harvests) {
    summary.failure = Failure{Stage::source, std::move(harvests).error()};
    return std::nullopt;
  }
  std::vector<Point> points;
  std::vector<std::string> barren;
  const auto now = workshop.clock.now();
  for (const auto& harvest : *harvests) {
    const auto validated = validate(harvest.records, now, workshop.validate_ranges);
    summary.fetched += harvest.records.size();
    summary.valid += validated.observations.size();
    for (const auto& [reason, count] : validated.rejected) summary.rejected[reason] += count;
    warn_of_rejections(workshop, validated.rejected, harvest.location.name);
    if (validated.observations.empty()) {
      barren.push_back(harvest.location.name);
      continue;
    }
    summary.newest[harvest.location.name] = validated.observations.back().time;
    auto made = to_points(harvest.location, validated.observations);
    std::move(made.begin(), made.end(), std::back_inserter(points));
  }
  if (!barren.empty()) {
    summary.failure =
        Failure{Stage::validation,
                Error{Code::failed, "no usable observation of " + join(barren, ", ") + " in the answer",
                      "see which reasons `--dry-run -o json` counts under `rejected`"}};
  }
  if (points.empty()) return std::nullopt;
  return points;
}

Undelivered deliver(const Workshop& workshop, BucketStore& store, const std::string& bucket,
                    std::vector<Point> points, Summary& summary) {
  const auto failed = [&](Error error) {
    ++workshop.telemetry.store[StoreStatus::error];
    summary.failure = Failure{Stage::store, std::move(error)};
  };
  auto stored = stored_window(store, bucket, points);
  if (!stored) {
    failed(std::move(stored).error());
    return {std::move(points), {}};
  }
  auto difference = changes(*stored, std::move(points));
  summary.fresh = difference.fresh;
  summary.changed = difference.changed;
  summary.unchanged = difference.unchanged;
  if (difference.due.empty()) return {};
  auto sifted = write_sifted(store, bucket, std::move(difference.due), workshop.interrupted);
  summary.written = sifted.written;
  if (sifted.error) {
    failed(*std::move(sifted.error));
  } else if (!sifted.left.empty()) {
    summary.failure = Failure{
        Stage::store, Error{Code::interrupted, "interrupted by a signal before everything was written"}};
  } else {
    ++workshop.telemetry.store[sifted.refused.empty() ? StoreStatus::ok : StoreStatus::error];
  }
  workshop.log.write(LogLevel::debug, "wrote " + plural(summary.written, "point") + " to bucket " + bucket,
                     {{"WX_FETCHED", std::to_string(summary.fetched)},
                      {"WX_NEW", std::to_string(difference.fresh)},
                      {"WX_WRITTEN", std::to_string(summary.written)}});
  return {std::move(sifted.left), std::move(sifted.refused)};
}

}  // namespace wx::collector
