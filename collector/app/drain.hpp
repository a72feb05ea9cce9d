// What waits in the spool, written to its buckets: oldest first, a slice at a time, so that whatever ends it
// costs nothing but time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "collector/app/pipeline.hpp"
#include "collector/spool/spool.hpp"
#include "common/core/result.hpp"

namespace wx::collector {

struct Drained {
  std::uint64_t points = 0;      // now in the bucket
  std::vector<Refused> refused;  // for good; set aside
  std::optional<Error> error;    // why it ended before the last one
};

// What waits for `sink`, until `stop` answers true. Of a point that waits in several versions only the last
// is written.
Drained drain(const Spools& spools, const Sink& sink, BucketStore& store, const std::function<bool()>& stop);

struct FlushedSink {
  Sink sink;
  std::uint64_t drained = 0;
  std::uint64_t left = 0;
  std::vector<Refused> refused;
  std::optional<Error> error;
};

struct Flush {
  std::vector<FlushedSink> sinks;
  SpoolLosses losses;
  std::optional<Failure> failure;  // none only when nothing waits any more and nothing was lost
};

// All that waits for whatever bucket and, with `rejected_too`, what was refused for good before and is not in
// the bucket by now. Waits for another process that drains.
Flush flush(const Spools& spools, const OpenStore& open_store, const std::function<bool()>& interrupted,
            bool rejected_too = false);

// That `sink` refuses these for good, and what to do; nothing when all of them are just older than what the
// bucket keeps.
std::optional<Failure> judge_refused(const Sink& sink, const std::vector<Refused>& refused);

}  // namespace wx::collector
