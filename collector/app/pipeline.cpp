#include "collector/app/pipeline.hpp"

#include <algorithm>
#include <iterator>
#include <map>
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

// The first one stands for the run; whatever else went wrong is told as well.
void fail(const Workshop& workshop, std::vector<Error> errors, Summary& summary) {
  if (errors.empty()) return;
  auto decisive = std::find_if(errors.begin(), errors.end(),
                               [](const Error& error) { return error.code == Code::interrupted; });
  if (decisive == errors.end()) decisive = errors.begin();
  std::iter_swap(errors.begin(), decisive);
  for (std::size_t i = 1; i < errors.size(); ++i) workshop.log.write(LogLevel::error, errors[i].message);
  summary.failure = Failure{Stage::source, std::move(errors.front())};
}

}  // namespace

Result<std::vector<Point>> stored_window(BucketStore& store, const std::string& bucket,
                                         const std::vector<Point>& points) {
  std::map<std::string, PointRange> ranges;
  for (const auto& point : points) {
    const PointRange alone{bucket, point.measurement, point.time_ns, point.time_ns + 1};
    auto& range = ranges.emplace(point.measurement, alone).first->second;
    range.from_ns = std::min(range.from_ns, alone.from_ns);
    range.to_ns = std::max(range.to_ns, alone.to_ns);
  }
  std::vector<Point> stored;
  for (const auto& [name, range] : ranges) {
    WX_LET(auto some, read_points(store, range, max_read_back));
    std::move(some.begin(), some.end(), std::back_inserter(stored));
  }
  return stored;
}

std::optional<std::vector<Point>> gather(const Workshop& workshop, Summary& summary) {
  auto [harvests, errors] = workshop.source.fetch();
  std::vector<Point> points;
  std::vector<std::string> barren;
  const auto now = workshop.clock.now();
  for (const auto& harvest : harvests) {
    const auto validated = validate(harvest.product, harvest.records, now, workshop.validate_ranges);
    summary.fetched += harvest.records.size();
    summary.valid += validated.observations.size();
    for (const auto& [reason, count] : validated.rejected) summary.rejected[reason] += count;
    warn_of_rejections(workshop, validated.rejected, harvest.location.name);
    if (validated.observations.empty()) {
      barren.push_back(harvest.location.name);
      continue;
    }
    for (const auto& observation : validated.observations) {
      const auto& product = harvest.product;
      if ((observation.time > now ? product.ahead : product.measurement) == measurement::foretold) break;
      auto& newest = summary.newest[harvest.location.name];
      newest = std::max(newest, observation.time);
    }
    auto made = to_points(harvest.location, harvest.product, validated.observations, now);
    std::move(made.begin(), made.end(), std::back_inserter(points));
  }
  if (!barren.empty()) {
    summary.failure =
        Failure{Stage::validation,
                Error{Code::failed, "no usable observation of " + join(barren, ", ") + " in the answer",
                      "see which reasons `--dry-run -o json` counts under `rejected`"}};
  }
  fail(workshop, std::move(errors), summary);
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
