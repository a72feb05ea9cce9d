// What a run did and how it ended; everything that is reported is in here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/domain/breaker.hpp"
#include "collector/domain/quota.hpp"
#include "collector/domain/rejections.hpp"
#include "collector/spool/spool.hpp"
#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx::collector {

enum class Mode { run, dry_run, test_validation, test_mode };

// Where an error arose: the same code means different things to whoever started the program.
enum class Stage {
  usage,
  config,
  source,
  validation,
  store,    // points are neither in the bucket nor in the spool
  spooled,  // points are not in the bucket yet, but safe in the spool
};

struct Failure {
  Stage stage;
  Error error;
};

struct SampleResult {
  std::string name;
  std::string expected;
  std::string observed;
  [[nodiscard]] bool passed() const { return expected == observed; }
};

// --test-validation only.
struct ValidationReport {
  std::vector<SampleResult> samples;
  bool live_reached = false;
  std::string live_message;
};

struct Summary {
  Mode mode = Mode::run;
  std::string bucket = {};
  std::uint64_t fetched = 0;  // records that the source delivered, over all places
  std::uint64_t valid = 0;    // observations that are left after validation
  // Absent when the bucket was not looked at.
  std::optional<std::uint64_t> fresh = {};
  std::optional<std::uint64_t> changed = {};
  std::optional<std::uint64_t> unchanged = {};
  Rejections rejected = {};
  std::uint64_t written = 0;
  std::uint64_t spooled = 0;    // points that came into the spool
  std::uint64_t drained = 0;    // points that came out of it into a bucket
  std::uint64_t refused = 0;    // points that the store refused for good in this run, now set aside
  std::uint64_t waiting = 0;    // points that wait in the spool for this bucket when the run ends
  std::uint64_t set_aside = 0;  // points that were refused for good in this run or before
  SpoolLosses losses = {};
  std::uint64_t spool_bytes = 0;
  std::vector<QuotaState> quota = {};           // of the sources that are servers
  std::optional<ServerState> store = {};        // none for an embedded bucket
  std::map<std::string, WallTime> newest = {};  // location -> its newest valid observation
  Micros duration{};
  std::optional<ValidationReport> validation = {};
  std::optional<Failure> failure = {};
};

}  // namespace wx::collector
