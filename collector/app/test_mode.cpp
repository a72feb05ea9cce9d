#include <algorithm>
#include <utility>

#include "collector/app/modes.hpp"
#include "collector/domain/points.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

// Everything that was written must come back, and nothing else.
Status compare(BucketStore& store, const std::string& bucket, std::vector<Point> expected) {
  WX_LET(const auto stored, read_points(store, {.bucket = bucket}, expected.size() + 1));
  const auto count = expected.size();
  const auto difference = changes(stored, std::move(expected));
  if (difference.unchanged == count && stored.size() == count) return {};
  return Error{Code::failed, "bucket " + bucket + " does not hold what was written: " +
                                 plural(stored.size(), "point") + " instead of " + std::to_string(count) +
                                 ", " + std::to_string(difference.due.size()) + " missing or different"};
}

void rehearse(const Workshop& workshop, BucketStore& store, std::vector<Point> points, Summary& summary) {
  const auto& bucket = summary.bucket;
  const auto failed = [&](Error error) { summary.failure = Failure{Stage::store, std::move(error)}; };
  // A rehearsal that was killed may have left points.
  if (auto cleared = store.remove_points(bucket); !cleared) return failed(std::move(cleared).error());
  const auto undelivered = deliver(workshop, store, bucket, points, summary);
  if (!undelivered.refused.empty()) failed(Error{Code::refused, undelivered.refused.front().reason});
  if (!summary.failure) {
    if (auto compared = compare(store, bucket, std::move(points)); !compared)
      failed(std::move(compared).error());
  }
  auto removed = store.remove_points(bucket);
  if (!removed && !summary.failure) failed(std::move(removed).error());
}

}  // namespace

Summary test_mode(const Workshop& workshop) {
  Summary summary{.mode = Mode::test_mode, .bucket = workshop.sink.bucket + "-scratch"};
  const auto started = workshop.clock.monotonic();
  if (auto points = gather(workshop, summary)) {
    auto store = workshop.open_store(workshop.sink);
    if (store) {
      rehearse(workshop, **store, std::move(*points), summary);
    } else {
      summary.failure = Failure{Stage::store, std::move(store).error()};
    }
  }
  summary.duration = workshop.clock.monotonic() - started;
  return summary;
}

}  // namespace wx::collector
