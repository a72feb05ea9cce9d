#include "orchestrator/engine/reconcile.hpp"

#include <algorithm>
#include <utility>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/merge_points.hpp"
#include "orchestrator/engine/run_log.hpp"

namespace wx {

namespace {

// Small enough that other writers of the same file hardly wait.
constexpr std::size_t batch = 1000;

std::string evidence_file(const Layout& layout, const std::string& rollout) {
  return layout.evidence(rollout) + "/points.db";
}

struct Buckets {
  OpenBucket main;
  OpenBucket candidate;
  PointRange in_main;
  PointRange in_candidate;
};

Result<Buckets> open_both(const ReconcileScope& scope) {
  WX_LET(OpenBucket main, open_bucket(scope.ports, scope.layout, scope.main, BucketRole::main));
  WX_LET(OpenBucket candidate,
         open_bucket(scope.ports, scope.layout, scope.candidate, BucketRole::candidate));
  // A point may stand at the whole second in which the rollout began.
  const auto from = to_ns(std::chrono::floor<std::chrono::seconds>(scope.since));
  const auto to = to_ns(scope.until);
  const PointRange in_main = main.range(from, to);
  const PointRange in_candidate = candidate.range(from, to);
  return Buckets{std::move(main), std::move(candidate), in_main, in_candidate};
}

// Look at both buckets; `take` gets the points that main lacks and may have.
template <class Take>
Result<Gap> go_over(const ReconcileScope& scope, const Buckets& buckets, const CopyRule& rule, Take&& take) {
  WX_LET(const auto in_main, buckets.main.store->stream(buckets.in_main));
  WX_LET(const auto in_candidate, buckets.candidate.store->stream(buckets.in_candidate));
  GapFinder finder(rule, scope.main.tolerance);
  std::uint64_t seen = 0;
  const auto see = [&](const Point* a, const Point* b) -> Status {
    if (finder.see(a, b)) WX_TRY(take(*b));
    return ++seen % batch == 0 ? scope.pulse() : Status{};
  };
  WX_TRY(merge_points([&](Point& point) { return in_main->next(point); },
                      [&](Point& point) { return in_candidate->next(point); }, see));
  return finder.result();
}

Result<std::uint64_t> copy(const ReconcileScope& scope, const Buckets& buckets, const CopyRule& rule) {
  std::vector<Point> points;
  std::uint64_t copied = 0;
  const auto flush = [&]() -> Status {
    if (points.empty()) return {};
    WX_LET(const std::uint64_t added, buckets.main.store->add(buckets.main.bucket, points));
    copied += added;
    points.clear();
    return scope.pulse();
  };
  WX_TRY(go_over(scope, buckets, rule, [&](const Point& point) -> Status {
    points.push_back(point);
    return points.size() < batch ? Status{} : flush();
  }));
  WX_TRY(flush());
  return copied;
}

void leave(ReconcileReport& report, const Point& point) {
  ++report.unreconciled_total;
  if (report.unreconciled.size() < unreconciled_limit) report.unreconciled.push_back(point.time_ns);
}

void add_conflicts(ReconcileReport& report, const Gap& gap) {
  report.conflicts = gap.conflicts;
  report.conflicts_total = gap.conflicts_total;
}

// What else is to be said: what differs, and what nobody can account for any more.
std::string besides(const ReconcileScope& scope, const ReconcileReport& report) {
  std::string told;
  const auto begins = ledger_begins(scope.ports, scope.layout, scope.runs);
  if (begins && *begins > scope.since)
    told = "; the ledger knows no run before " + format_instant(*begins) +
           ": points from before stay where they are";
  if (report.conflicts_total == 0) return told;
  return told + "; " + plural(report.conflicts_total, "value") +
         " of both buckets differ, main stays as it is";
}

Result<ReconcileReport> look(const ReconcileScope& scope, const Buckets& buckets, const CopyRule& rule) {
  ReconcileReport report;
  WX_LET(report.main_before, buckets.main.store->count(buckets.in_main));
  WX_LET(const Gap gap, go_over(scope, buckets, rule, [&](const Point& point) {
           leave(report, point);
           return Status{};
         }));
  report.found = gap.open.total;
  report.main_after = report.main_before;
  add_conflicts(report, gap);
  std::sort(report.unreconciled.begin(), report.unreconciled.end());
  return report;
}

// The proof: every point that was found missing is there now, and main has lost none.
Status prove(const ReconcileScope& scope, const Buckets& buckets, const CopyRule& rule,
             ReconcileReport& report) {
  WX_LET(report.main_after, buckets.main.store->count(buckets.in_main));
  WX_LET(const ReconcileReport after, look(scope, buckets, rule));
  if (after.found == 0 && report.main_after >= report.main_before + report.copied) return {};
  return Error{
      Code::failed,
      "after copying " + plural(report.copied, "point") + " to bucket " + buckets.main.bucket + " it holds " +
          std::to_string(report.main_after) + " points (" + std::to_string(report.main_before) +
          " before); still missing: " + plural(after.found, "point"),
      "is somebody else removing points, or does the server refuse some? wxctl reconcile tries again"};
}

Result<ReconcileReport> bring_home(const ReconcileScope& scope, const Buckets& buckets,
                                   const CopyRule& rule) {
  WX_LET(ReconcileReport report, look(scope, buckets, rule));
  if (report.found > 0) {
    report.unreconciled.clear();
    report.unreconciled_total = 0;
    WX_LET(report.copied, copy(scope, buckets, rule));
    WX_TRY(prove(scope, buckets, rule, report));
    report.message = plural(report.copied, "point") + " copied from " + buckets.candidate.bucket + " to " +
                     buckets.main.bucket + " (" + std::to_string(report.main_before) + " points before, " +
                     std::to_string(report.main_after) + " after)";
  } else {
    report.message = "bucket " + buckets.main.bucket + " lacks no point";
  }
  report.message += besides(scope, report);
  return report;
}

CopyRule rule_of(const ReconcileScope& scope) {
  return {scope.runs, scope.main.reach, std::chrono::floor<std::chrono::seconds>(scope.since)};
}

// How it ended, in words; that it failed is no reason to leave gaps open.
std::string backfill(const CheckTarget& active) {
  const auto& command = active.manifest.program.backfill;
  if (command.empty()) return {};
  auto outcome = run_in_check_unit(active, "backfill", command, active.manifest.program.timeout);
  if (!outcome) return "backfill could not be run: " + outcome.error().message;
  if (!outcome->error.empty()) return "backfill could not be started: " + outcome->error;
  if (outcome->timed_out) return "backfill did not end in time";
  if (outcome->signal != 0) return "backfill died of signal " + std::to_string(outcome->signal);
  if (outcome->exit_status != 0) return "backfill ended with status " + std::to_string(outcome->exit_status);
  return "backfill succeeded";
}

}  // namespace

Result<std::vector<Run>> rollout_runs(Ports& ports, const Layout& layout, const Manifest& manifest) {
  return all_runs(ports, layout, manifest.service, manifest.program.timeout);
}

Result<ReconcileReport> survey(const ReconcileScope& scope) {
  WX_LET(const Buckets buckets, open_both(scope));
  WX_LET(ReconcileReport report, look(scope, buckets, rule_of(scope)));
  report.message = (report.found == 0 ? "bucket " + buckets.main.bucket + " lacks no point"
                                      : plural(report.found, "point") + " of " + buckets.candidate.bucket +
                                            " would be copied to " + buckets.main.bucket) +
                   besides(scope, report);
  return report;
}

Result<ReconcileReport> reconcile_promoted(const ReconcileScope& scope) {
  WX_LET(const Buckets buckets, open_both(scope));
  return bring_home(scope, buckets, rule_of(scope));
}

Result<ReconcileReport> reconcile_returned(const ReconcileScope& scope, const CheckTarget& active,
                                           bool data_blamed) {
  WX_LET(const Buckets buckets, open_both(scope));
  const CopyRule rule = rule_of(scope);
  WX_LET(const ReconcileReport before, look(scope, buckets, rule));
  std::string filled;
  if (before.found > 0 || rule.gaps()) filled = backfill(active);
  ReconcileReport report;
  if (data_blamed) {
    WX_LET(report, look(scope, buckets, rule));
    report.message = report.found == 0 ? "bucket " + buckets.main.bucket + " lacks no point"
                                       : plural(report.found, "point") + " of " + buckets.candidate.bucket +
                                             " left as evidence: the verdict blames the data";
  } else {
    WX_LET(report, bring_home(scope, buckets, rule));
  }
  report.backfill = filled;
  if (!filled.empty()) report.message = filled + "; " + report.message;
  return report;
}

Result<std::uint64_t> clear_candidate_bucket(Ports& ports, const Layout& layout, const StoreSpec& store,
                                             const std::string& rollout,
                                             const std::function<Status()>& pulse) {
  WX_LET(const OpenBucket candidate, open_bucket(ports, layout, store, BucketRole::candidate));
  WX_LET(const auto stream, candidate.store->stream(candidate.everything()));
  std::vector<Point> points;
  std::uint64_t moved = 0;
  std::unique_ptr<BucketStore> evidence;
  const auto flush = [&]() -> Status {
    if (points.empty()) return {};
    if (!evidence) {
      const std::string path = evidence_file(layout, rollout);
      WX_TRY(make_directories(ports.files, parent_path(path), 0700));
      WX_TRY(ports.stores.create(path));
      WX_LET(evidence, ports.stores.open({.path = path}));
    }
    WX_TRY(evidence->write(candidate.bucket, points));
    moved += points.size();
    points.clear();
    return pulse();
  };
  Point point;
  while (true) {
    WX_LET(const bool more, stream->next(point));
    if (!more) break;
    points.push_back(point);
    if (points.size() == batch) WX_TRY(flush());
  }
  WX_TRY(flush());
  if (moved == 0) return moved;
  WX_LET(const std::uint64_t kept, evidence->count({.bucket = candidate.bucket}));
  if (kept < moved)
    return Error{Code::failed,
                 "of " + plural(moved, "point") + " of bucket " + candidate.bucket + " only " +
                     std::to_string(kept) + " are in " + evidence_file(layout, rollout),
                 "check the disk; the bucket was left as it is"};
  WX_TRY(candidate.store->remove_points(candidate.bucket));
  return moved;
}

Result<StoreSpec> evidence_store(Ports& ports, const Layout& layout, const StoreSpec& store,
                                 const std::string& rollout) {
  StoreSpec evidence = store;
  evidence.kind = "sqlite";
  evidence.path = evidence_file(layout, rollout);
  WX_LET(const auto opened, ports.stores.open({.path = evidence.path}));
  return evidence;
}

bool blames_data(const std::vector<JournalRecord>& records) {
  const auto last = std::find_if(records.rbegin(), records.rend(), [](const JournalRecord& record) {
    return record.fields.contains("blamed");
  });
  if (last == records.rend()) return false;
  const auto metrics = split(last->field("blamed"), ' ');
  return std::any_of(metrics.begin(), metrics.end(),
                     [](const std::string& metric) { return metric == "points" || metric == "parity"; });
}

}  // namespace wx
