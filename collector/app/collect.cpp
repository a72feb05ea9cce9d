#include <utility>

#include "collector/app/modes.hpp"

namespace wx::collector {
namespace {

constexpr const char* next_run =
    "the next run fetches the past 48 hours again, nothing is lost if it comes in time; ";

}  // namespace

Summary dry_run(const Workshop& workshop) {
  Summary summary{.mode = Mode::dry_run, .bucket = workshop.bucket};
  const auto started = workshop.clock.monotonic();
  gather(workshop, summary);
  summary.duration = workshop.clock.monotonic() - started;
  return summary;
}

Summary collect(const Workshop& workshop) {
  Summary summary{.mode = Mode::run, .bucket = workshop.bucket};
  const auto started = workshop.clock.monotonic();
  if (auto points = gather(workshop, summary)) {
    auto store = workshop.open_store();
    if (store) {
      deliver(workshop, **store, workshop.bucket, std::move(*points), summary);
    } else {
      ++workshop.telemetry.store[StoreStatus::error];
      summary.failure = Failure{Stage::store, std::move(store).error()};
    }
    if (summary.failure && summary.failure->stage == Stage::store) {
      auto& remedy = summary.failure->error.remedy;
      remedy = next_run + remedy;
    }
  }
  summary.duration = workshop.clock.monotonic() - started;
  return summary;
}

}  // namespace wx::collector
