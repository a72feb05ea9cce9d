#include "collector/spool/spool.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "collector/domain/points.hpp"
#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

constexpr std::size_t batch_points = 500;  // what one damaged record costs at most

std::uint64_t total_bytes(const std::vector<Segment>& list) {
  return std::accumulate(list.begin(), list.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Segment& segment) { return sum + segment.bytes; });
}

std::size_t hash_of(const Point& point) {
  const std::hash<std::string> text;
  return text(point.measurement + '\n' + point.tags + '\n' + std::to_string(point.time_ns));
}

}  // namespace

Spool::Spool(FileSystem& files, Clock& clock, Log& log, std::string directory, SpoolLimits limits)
    : files_(files),
      clock_(clock),
      log_(log),
      // The oldest are dropped by segments: a spool that is full holds several.
      segments_(files, std::move(directory), std::clamp<std::uint64_t>(limits.max_bytes / 8, 4096, 1 << 20)),
      limits_(limits) {}

// --- coming in

Result<std::uint64_t> Spool::keep(const Sink& sink, std::vector<Point> points, const std::string& reason) {
  if (points.empty()) return std::uint64_t{0};
  WX_TRY(make_directories(files_, directory(), 0700));
  WX_LET(const auto lock, segments_.lock(LockMode::exclusive));
  WX_LET(auto list, segments_.list());
  WX_LET(auto positions, segments_.positions());
  WX_LET(const auto there, known(list, positions, sink, points));
  const auto due = changes(there, std::move(points)).due;
  WX_TRY(append(list, sink, due, reason));
  if (auto bounded = bound(list, positions); !bounded)
    log_.write(LogLevel::warning, "the spool cannot be kept within its limits: " + bounded.error().message);
  return due.size();
}

Result<std::vector<Point>> Spool::known(const List& list, const Positions& positions, const Sink& sink,
                                        const std::vector<Point>& points) {
  const auto by_time = [](const Point& a, const Point& b) { return a.time_ns < b.time_ns; };
  const auto [first, last] = std::minmax_element(points.begin(), points.end(), by_time);
  const auto from = first->time_ns, to = last->time_ns;
  std::vector<Point> found;
  WX_TRY(for_each_waiting(list, positions, [&](const Frame& frame, const BatchHead& head, std::uint64_t) {
    if (head.sink != sink || head.last_ns < from || head.first_ns > to) return Status{};
    if (auto batch = decode(frame.payload))
      std::move(batch->points.begin(), batch->points.end(), std::back_inserter(found));
    return Status{};
  }));
  return merged(std::move(found));
}

Result<std::vector<Point>> Spool::held(const Sink& sink, const std::vector<Point>& points) {
  if (points.empty() || !exists(files_, directory())) return std::vector<Point>{};
  WX_LET(const auto lock, segments_.lock(LockMode::shared));
  WX_LET(const auto list, segments_.list());
  WX_LET(const auto positions, segments_.positions());
  return known(list, positions, sink, points);
}

Status Spool::supersede(const Sink& sink, std::vector<Point> points) {
  WX_LET(const auto there, held(sink, points));
  WX_TRY(keep(sink, shared(std::move(points), there)));
  return {};
}

Status Spool::append(List& list, const Sink& sink, const std::vector<Point>& points,
                     const std::string& reason) {
  std::string records;
  for (auto begin = points.begin(); begin != points.end();) {
    const auto end = begin + std::min<std::ptrdiff_t>(batch_points, points.end() - begin);
    records += framed(encode(Batch{sink, clock_.now(), reason, {begin, end}}));
    begin = end;
    if (begin != points.end() && records.size() < segments_.full_bytes()) continue;
    WX_TRY(segments_.append(list, records));
    records.clear();
  }
  return {};
}

// --- within limits

Status Spool::bound(List& list, Positions& positions) {
  while (!list.empty()) {
    const bool full = list.size() > 1 && total_bytes(list) > limits_.max_bytes;
    WX_LET(const auto tally, pass_front(list.front(), positions, full));
    if (!tally.empty()) {
      tell_dropped(
          tally, full ? "the spool is full" : "they waited longer than " + format_duration(limits_.max_age));
      WX_TRY(segments_.save(positions));
    }
    const auto before = list.size();
    WX_TRY(remove_passed(list, positions));
    if (list.size() == before) break;
  }
  return {};
}

// Let the sinks go past what is too old in a segment, or past all of it.
Result<Tally> Spool::pass_front(const Segment& segment, Positions& positions, bool all) {
  const auto oldest = clock_.now() - limits_.max_age;
  Tally tally;
  WX_TRY(for_each_waiting({segment}, positions,
                          [&](const Frame& frame, const BatchHead& head, std::uint64_t number) {
                            if (!all && head.kept >= oldest) return Status{};
                            if (const auto batch = decode(frame.payload)) count(tally, batch->points);
                            set_position(positions, head.sink, {number, frame.end});
                            return Status{};
                          }));
  return tally;
}

void Spool::tell_dropped(const Tally& tally, const std::string& why) {
  losses_.dropped += total(tally);
  for (const auto& [location, span] : tally) {
    log_.write(LogLevel::error,
               "dropped " + plural(span.points, "point") + " of " + location + ", " + told(span) +
                   ", that no store has taken: " + why,
               {{"WX_LOCATION", location}, {"WX_DROPPED", std::to_string(span.points)}});
  }
}

// --- going out

Result<Slice> Spool::next(const Sink& sink, std::size_t most) {
  Slice slice;
  if (!exists(files_, directory())) return slice;
  WX_LET(const auto lock, segments_.lock(LockMode::shared));
  WX_LET(const auto list, segments_.list());
  WX_LET(const auto positions, segments_.positions());
  for (std::size_t i = 0; i < list.size() && slice.points.empty(); ++i) {
    // From one segment at a time: one that is full makes a slice of a good size.
    WX_TRY(for_each_waiting(
        {list[i]}, positions, [&](const Frame& frame, const BatchHead& head, std::uint64_t number) {
          if (head.sink != sink || slice.points.size() >= most) return Status{};
          if (auto batch = decode(frame.payload))
            std::move(batch->points.begin(), batch->points.end(), std::back_inserter(slice.points));
          slice.end = {number, frame.end};
          return Status{};
        }));
  }
  slice.points = merged(std::move(slice.points));
  return slice;
}

Result<Versions> Spool::versions(const Sink& sink) {
  Versions result;
  if (!exists(files_, directory())) return result;
  WX_LET(const auto lock, segments_.lock(LockMode::shared));
  WX_LET(const auto list, segments_.list());
  WX_LET(const auto positions, segments_.positions());
  // Hashes, so that a full spool fits into memory; two points of one hash cost a point too many.
  std::unordered_set<std::size_t> seen, again;
  WX_TRY(for_each_waiting(list, positions, [&](const Frame& frame, const BatchHead& head, std::uint64_t n) {
    if (head.sink != sink) return Status{};
    result.end = {n, frame.end};
    if (const auto batch = decode(frame.payload))
      for (const auto& point : batch->points)
        if (const auto hash = hash_of(point); !seen.insert(hash).second) again.insert(hash);
    return Status{};
  }));
  if (again.empty()) return result;
  WX_TRY(for_each_waiting(list, positions, [&](const Frame& frame, const BatchHead& head, std::uint64_t) {
    if (head.sink != sink) return Status{};
    auto batch = decode(frame.payload);
    if (!batch) return Status{};
    std::erase_if(batch->points, [&](const Point& point) { return !again.contains(hash_of(point)); });
    std::move(batch->points.begin(), batch->points.end(), std::back_inserter(result.latest));
    return Status{};
  }));
  result.latest = merged(std::move(result.latest));
  return result;
}

Status Spool::done(const Sink& sink, Position end) {
  WX_LET(const auto lock, segments_.lock(LockMode::exclusive));
  WX_LET(auto list, segments_.list());
  WX_LET(auto positions, segments_.positions());
  set_position(positions, sink, end);
  WX_TRY(segments_.save(positions));
  return remove_passed(list, positions);
}

Status Spool::tidy() {
  if (!exists(files_, directory())) return {};
  WX_LET(const auto lock, segments_.lock(LockMode::exclusive));
  WX_LET(auto list, segments_.list());
  WX_LET(const auto positions, segments_.positions());
  return remove_passed(list, positions);
}

// Segments from the oldest on that hold nothing that waits.
Status Spool::remove_passed(List& list, const Positions& positions) {
  while (!list.empty()) {
    const auto number = list.front().number;
    WX_LET(const auto text, segments_.read(list.front()));
    bool waits = false;
    std::uint64_t damaged = 0;
    for_each_frame(text, 0, [&](const Frame& frame) {
      const auto head = frame.flaw ? std::nullopt : decode_head(frame.payload);
      waits = head && position_of(positions, head->sink) < Position{number, frame.end};
      if (!head && frame.flaw != Flaw::torn) ++damaged;
      return !waits;
    });
    if (waits) return {};
    if (damaged == 0) {
      WX_TRY(segments_.remove(number));
    } else {
      losses_.damaged += damaged;
      WX_LET(const auto aside, segments_.set_aside(number));
      log_.write(LogLevel::error, plural(damaged, "record") +
                                      " of the spool cannot be read: the disk has damaged " +
                                      (damaged == 1 ? "it" : "them") + "; see " + aside);
    }
    list.erase(list.begin());
  }
  return {};
}

Result<std::unique_ptr<FileLock>> Spool::lock_drain(std::int64_t wait_ms) {
  if (!exists(files_, directory())) return std::unique_ptr<FileLock>();
  return segments_.lock_drain(wait_ms);
}

// --- looking at it

Status Spool::for_each_waiting(const List& list, const Positions& positions, const See& see) {
  for (const auto& segment : list) {
    WX_LET(const auto text, segments_.read(segment));
    Status seen;
    for_each_frame(text, 0, [&](const Frame& frame) {
      if (frame.flaw) return true;
      const auto head = decode_head(frame.payload);
      const bool waits = head && position_of(positions, head->sink) < Position{segment.number, frame.end};
      if (waits) seen = see(frame, *head, segment.number);
      return seen.has_value();
    });
    WX_TRY(std::move(seen));
  }
  return {};
}

Status Spool::for_each(const std::function<Status(const Batch&)>& see) {
  if (!exists(files_, directory())) return {};
  WX_LET(const auto lock, segments_.lock(LockMode::shared));
  WX_LET(const auto list, segments_.list());
  WX_LET(const auto positions, segments_.positions());
  return for_each_waiting(list, positions, [&](const Frame& frame, const BatchHead&, std::uint64_t) {
    const auto batch = decode(frame.payload);
    return batch ? see(*batch) : Status{};
  });
}

Result<std::vector<Waiting>> Spool::waiting() {
  std::vector<Waiting> out;
  if (!exists(files_, directory())) return out;
  WX_LET(const auto lock, segments_.lock(LockMode::shared));
  WX_LET(const auto list, segments_.list());
  WX_LET(const auto positions, segments_.positions());
  WX_TRY(for_each_waiting(list, positions, [&](const Frame&, const BatchHead& head, std::uint64_t) {
    auto found = std::find_if(out.begin(), out.end(), [&](const auto& entry) {
      return entry.sink == head.sink && entry.reason == head.reason;
    });
    if (found == out.end()) found = out.insert(out.end(), Waiting{head.sink, head.reason, 0, {}, head.kept});
    ++found->batches;
    extend(found->span, {head.points, head.first_ns, head.last_ns});
    return Status{};
  }));
  return out;
}

Result<Inspection> Spool::inspect() {
  Inspection result;
  if (!exists(files_, directory())) return result;
  WX_LET(const auto lock, segments_.lock(LockMode::shared));
  WX_LET(const auto list, segments_.list());
  result.segments = list.size();
  result.bytes = total_bytes(list);
  for (const auto& segment : list) {
    WX_LET(const auto text, segments_.read(segment));
    for_each_frame(text, 0, [&](const Frame& frame) {
      const auto batch = frame.flaw ? std::nullopt : decode(frame.payload);
      if (batch) {
        ++result.batches;
        result.points += batch->points.size();
      } else {
        auto& places = frame.flaw == Flaw::torn ? result.torn : result.damaged;
        places.push_back({segment.number, frame.begin, frame.end - frame.begin});
      }
      return true;
    });
  }
  return result;
}

Result<std::uint64_t> Spool::bytes() {
  WX_LET(const auto list, segments_.list());
  return total_bytes(list);
}

Result<std::uint64_t> Spool::clear() {
  if (!exists(files_, directory())) return std::uint64_t{0};
  WX_LET(const auto lock, segments_.lock(LockMode::exclusive));
  WX_LET(auto list, segments_.list());
  WX_LET(auto positions, segments_.positions());
  Tally tally;
  for (const auto& segment : list) {
    WX_LET(const auto passed, pass_front(segment, positions, /*all=*/true));
    for (const auto& [location, span] : passed) extend(tally[location], span);
  }
  WX_TRY(segments_.save(positions));
  WX_TRY(remove_passed(list, positions));
  return total(tally);
}

}  // namespace wx::collector
