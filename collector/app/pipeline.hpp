// The stages that all modes share: gather (fetch, validate, make points) and deliver (compare, write).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/app/refusals.hpp"
#include "collector/app/summary.hpp"
#include "collector/domain/telemetry.hpp"
#include "collector/sources/source.hpp"
#include "collector/spool/spool.hpp"
#include "common/ports/bucket_store.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/log.hpp"

namespace wx::collector {

using OpenStore = std::function<Result<std::unique_ptr<BucketStore>>(const Sink&)>;

// What the use cases work with; all references outlive the call.
struct Workshop {
  Source& source;
  // Only called by what writes.
  OpenStore open_store;
  Clock& clock;
  Log& log;
  Telemetry& telemetry;
  std::function<bool()> interrupted;
  Sink sink;
  bool validate_ranges = true;
  std::optional<Spools> spools = {};  // for modes that keep what the store does not take
};

// All points of the window that stand up to validation; counts go to `summary`, and summary.failure is set
// when a source failed for some place or no observation of it was usable. Nothing when there are no points.
std::optional<std::vector<Point>> gather(const Workshop& workshop, Summary& summary);

// What the bucket holds of the times that `points` span, for each of their measurements.
Result<std::vector<Point>> stored_window(BucketStore& store, const std::string& bucket,
                                         const std::vector<Point>& points);

// What did not come into the bucket.
struct Undelivered {
  std::vector<Point> left;       // because of summary.failure
  std::vector<Refused> refused;  // for good
};

// Write what `bucket` lacks of `points`; counts and a failure go to `summary`.
Undelivered deliver(const Workshop& workshop, BucketStore& store, const std::string& bucket,
                    std::vector<Point> points, Summary& summary);

}  // namespace wx::collector
