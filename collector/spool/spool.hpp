// Points that wait for their store, on disk: appended to, read from the oldest on, bounded. What is kept
// survives kill -9 and loss of power; what is damaged costs itself alone. Several processes may use one at a
// time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "collector/spool/batch.hpp"
#include "collector/spool/segments.hpp"
#include "collector/spool/tally.hpp"
#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"
#include "common/ports/log.hpp"

namespace wx::collector {

struct SpoolLimits {
  std::uint64_t max_bytes = 100ull << 20;
  Micros max_age = std::chrono::hours(30 * 24);
};

// What went out of the spool without having come into a bucket, counted by this object.
struct SpoolLosses {
  std::uint64_t dropped = 0;  // points beyond the limits
  std::uint64_t damaged = 0;  // records
};

// What waits for one sink, or was refused by it for one reason.
struct Waiting {
  Sink sink;
  std::string reason = {};
  std::uint64_t batches = 0;
  Span span;
  WallTime oldest;  // when the first of it came into the spool
};

// Points from the oldest on, one for each series and time.
struct Slice {
  std::vector<Point> points;  // empty when nothing waits
  Position end;               // behind what the slice was made of
};

// Points that a sink waits for in more than one version, as they were kept last.
struct Versions {
  std::vector<Point> latest;
  Position end;  // behind all that was looked at
};

struct Inspection {
  struct Place {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  std::uint64_t batches = 0;
  std::uint64_t points = 0;
  std::vector<Place> damaged;
  std::vector<Place> torn;  // whoever wrote them was told, or killed: nothing is lost
};

class Spool {
 public:
  // Nothing is made before something is kept. All must outlive this object.
  Spool(FileSystem& files, Clock& clock, Log& log, std::string directory, SpoolLimits limits);

  // Put what does not wait for `sink` already behind the rest; on the disk when it returns. Then the oldest
  // beyond the limits are dropped. Answers how many points are new in the spool. `reason`: why the server
  // refused them.
  Result<std::uint64_t> keep(const Sink& sink, std::vector<Point> points, const std::string& reason = {});

  // Before `points` are written to the bucket past what waits: where that says otherwise, they wait too, so
  // that whoever drains it ends with them.
  Status supersede(const Sink& sink, std::vector<Point> points);
  // What is held for `sink` of the time that `points` span, as it was kept last.
  Result<std::vector<Point>> held(const Sink& sink, const std::vector<Point>& points);

  // The oldest points of a sink: whole batches until there are `most` or more.
  Result<Slice> next(const Sink& sink, std::size_t most);
  Result<Versions> versions(const Sink& sink);
  // Everything of `sink` before `end` is in its bucket.
  Status done(const Sink& sink, Position end);
  // Remove what nobody waits for any more; where that is damaged, say so.
  Status tidy();
  // Held while slices are taken and done; `busy` when another process holds it for longer than `wait_ms`.
  // Nothing when there is no spool.
  Result<std::unique_ptr<FileLock>> lock_drain(std::int64_t wait_ms);

  // By sink and reason, in the order in which they came.
  Result<std::vector<Waiting>> waiting();
  // Each batch that waits, oldest first.
  Status for_each(const std::function<Status(const Batch&)>& see);
  Result<Inspection> inspect();
  Result<std::uint64_t> bytes();
  // Remove what waits; answers how many points that were.
  Result<std::uint64_t> clear();

  [[nodiscard]] const SpoolLosses& losses() const { return losses_; }
  [[nodiscard]] const std::string& directory() const { return segments_.directory(); }

 private:
  using List = std::vector<Segment>;
  using See = std::function<Status(const Frame&, const BatchHead&, std::uint64_t segment)>;

  Status for_each_waiting(const List& list, const Positions& positions, const See& see);
  Result<std::vector<Point>> known(const List& list, const Positions& positions, const Sink& sink,
                                   const std::vector<Point>& points);
  Status append(List& list, const Sink& sink, const std::vector<Point>& points, const std::string& reason);
  Status bound(List& list, Positions& positions);
  Result<Tally> pass_front(const Segment& segment, Positions& positions, bool all);
  Status remove_passed(List& list, const Positions& positions);
  void tell_dropped(const Tally& tally, const std::string& why);

  FileSystem& files_;
  Clock& clock_;
  Log& log_;
  Segments segments_;
  SpoolLimits limits_;
  SpoolLosses losses_;
};

}  // namespace wx::collector
