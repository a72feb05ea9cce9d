#include "orchestrator/engine/run_points.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "orchestrator/domain/compare.hpp"
#include "orchestrator/domain/statistics.hpp"

namespace wx {

namespace {

constexpr std::size_t points_read = 2000;
// Fields are compared one by one; what has more than these is told well enough by the first.
constexpr std::size_t fields_kept = 8;
// Between the line that announces a run and its program's first breath.
constexpr Micros start_slack{500'000};

struct Window {
  std::int64_t from_ns;
  std::int64_t to_ns;  // exclusive
};

BucketRole bucket_of(const Run& run) {
  return run.role == "active" ? BucketRole::main : BucketRole::candidate;
}

WallTime whole_second(WallTime at) {
  return std::chrono::floor<std::chrono::seconds>(at);
}

WallTime end_of(const Run& run) {
  return run.at + Millis{run.duration_ms.value_or(0)} + start_slack;
}

// Where the points of one run end and those of the next one in the same bucket begin. A program that stamps
// whole seconds goes back to the one in which it started, but not before the end of the run before it.
WallTime border(const Run& before, const Run& after) {
  return std::clamp(end_of(before), std::min(whole_second(after.at), after.at), after.at);
}

// What nobody has written after is the newest run's, however late its program was started.
Window window_of(const std::vector<Run>& runs, std::size_t index, WallTime now) {
  const Run& run = runs[index];
  const auto shares_bucket = [&](const Run& each) { return each.role == run.role; };
  const auto next =
      std::find_if(runs.begin() + static_cast<std::ptrdiff_t>(index) + 1, runs.end(), shares_bucket);
  const auto before =
      std::find_if(runs.rend() - static_cast<std::ptrdiff_t>(index), runs.rend(), shares_bucket);
  const WallTime from = before == runs.rend() ? whole_second(run.at) : border(*before, run);
  const WallTime to = next == runs.end() ? now + Micros{1} : border(run, *next);
  return {to_ns(from), to_ns(to)};
}

using Key = std::pair<std::string, std::int64_t>;

std::map<Key, const Point*> by_key(const std::vector<Point>& points) {
  std::map<Key, const Point*> out;
  for (const auto& point : points)
    out.emplace(Key{point.measurement + "," + point.tags, point.time_ns}, &point);
  return out;
}

bool same(const Point& a, const Point& b, const Tolerance& tolerance) {
  return a.fields.size() == b.fields.size() &&
         std::all_of(a.fields.begin(), a.fields.end(), [&](const auto& field) {
           const auto other = b.fields.find(field.first);
           return other != b.fields.end() && same_value(field.second, other->second, tolerance);
         });
}

// Nothing when no point of one has the time of a point of the other: each run stamps its own.
std::optional<ComparedPoints> compare(const std::vector<Point>& active, const std::vector<Point>& candidate,
                                      const Tolerance& tolerance) {
  const auto theirs = by_key(candidate);
  ComparedPoints out;
  std::size_t common = 0;
  for (const auto& [key, point] : by_key(active)) {
    ++out.compared;
    const auto found = theirs.find(key);
    if (found != theirs.end()) ++common;
    if (found == theirs.end() || !same(*point, *found->second, tolerance)) ++out.wrong;
  }
  if (common == 0) return std::nullopt;
  return out;
}

std::map<std::string, double> medians(const std::vector<Point>& points) {
  std::map<std::string, std::vector<double>> fields;
  for (const auto& point : points)
    for (const auto& [name, value] : point.fields) {
      const std::string field = point.tags.empty() ? name : point.tags + " " + name;
      if (const auto* number = std::get_if<double>(&value)) fields[field].push_back(*number);
      if (const auto* whole = std::get_if<std::int64_t>(&value))
        fields[field].push_back(static_cast<double>(*whole));
    }
  std::map<std::string, double> out;
  for (const auto& [field, values] : fields)
    if (out.size() < fields_kept) out[field] = median(values);
  return out;
}

}  // namespace

Status RunPoints::measure(const std::vector<Run>& runs, std::size_t index, RunFacts& facts) {
  return store_.reach > Micros::zero() ? measure_window(runs, index, facts) : measure_own(runs, index, facts);
}

Status RunPoints::measure_own(const std::vector<Run>& runs, std::size_t index, RunFacts& facts) {
  const Run& run = runs[index];
  WX_LET(const auto bucket, open_bucket(ports_, layout_, store_, bucket_of(run)));
  const Window window = window_of(runs, index, ports_.clock.now());
  const PointRange range = bucket.range(window.from_ns, window.to_ns);
  WX_LET(const auto points, read_points(*bucket.store, range, points_read));
  facts.points = static_cast<double>(points.size());
  if (points.size() == points_read) {
    WX_LET(const auto count, bucket.store->count(range));
    facts.points = static_cast<double>(count);
  }
  facts.values = medians(points);
  if (!run.mirror_of) return {};
  const auto pair =
      std::find_if(runs.begin(), runs.end(), [&](const Run& each) { return each.id == *run.mirror_of; });
  if (pair == runs.end()) return {};
  WX_LET(const auto main, open_bucket(ports_, layout_, store_, BucketRole::main));
  const Window theirs = window_of(runs, static_cast<std::size_t>(pair - runs.begin()), ports_.clock.now());
  WX_LET(const auto active, read_points(*main.store, main.range(theirs.from_ns, theirs.to_ns), points_read));
  facts.compared = compare(active, points, store_.tolerance);
  return {};
}

// Every run writes the window anew: what its bucket lacks of all that is due when it has ended.
Status RunPoints::measure_window(const std::vector<Run>& runs, std::size_t index, RunFacts& facts) {
  const Run& run = runs[index];
  const bool newest = std::none_of(runs.begin() + static_cast<std::ptrdiff_t>(index) + 1, runs.end(),
                                   [&](const Run& each) { return each.role == run.role; });
  if (!newest) return {};
  const std::int64_t from_ns = to_ns(std::max(since_, run.at - store_.reach));
  const std::int64_t until_ns = to_ns(run.at) + 1;
  WX_LET(const auto main, open_bucket(ports_, layout_, store_, BucketRole::main));
  WX_LET(const auto candidate, open_bucket(ports_, layout_, store_, BucketRole::candidate));
  WX_LET(const auto in_main, main.store->count(main.range(from_ns, until_ns)));
  WX_LET(const auto in_candidate, candidate.store->count(candidate.range(from_ns, until_ns)));
  facts.due = static_cast<double>(std::max(in_main, in_candidate));
  facts.points = static_cast<double>(bucket_of(run) == BucketRole::main ? in_main : in_candidate);
  if (bucket_of(run) == BucketRole::main || std::max(in_main, in_candidate) > points_read) return {};
  WX_LET(const auto active, read_points(*main.store, main.range(from_ns, until_ns), points_read));
  WX_LET(const auto points, read_points(*candidate.store, candidate.range(from_ns, until_ns), points_read));
  facts.compared = compare(active, points, store_.tolerance);
  return {};
}

}  // namespace wx
