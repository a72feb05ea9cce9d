// reconcile: what only the candidate's bucket has, brought home by hand.

#include "common/core/duration.hpp"
#include "common/core/instant.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/app_lock.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/points_home.hpp"
#include "orchestrator/engine/reconcile.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::size_t times_shown = 10;

json conflict_json(const Mismatch& conflict) {
  return {{"timestamp", format_instant_ns(conflict.time_ns)},
          {"series", conflict.series},
          {"field", conflict.field}};
}

std::string report_json(const TrialPoints& points, const ReconcileReport& report, bool dry_run) {
  json times = json::array();
  for (const auto time : report.unreconciled) times.push_back(format_instant_ns(time));
  json conflicts = json::array();
  for (const auto& conflict : report.conflicts) conflicts.push_back(conflict_json(conflict));
  const json document{{"rollout", points.rollout.plan.id},
                      {"dry_run", dry_run},
                      {"found", report.found},
                      {"copied", report.copied},
                      {"main_before", report.main_before},
                      {"main_after", report.main_after},
                      {"unreconciled", times},
                      {"unreconciled_total", report.unreconciled_total},
                      {"conflicts", conflicts},
                      {"conflicts_total", report.conflicts_total},
                      {"backfill", report.backfill.empty() ? json(nullptr) : json(report.backfill)},
                      {"message", report.message}};
  return dump(document);
}

void print_report(const World& world, const TrialPoints& points, const ReconcileReport& report) {
  print_line(toned(world, Tone::strong, points.rollout.plan.id) + "  " + report.message);
  const std::size_t shown = std::min(times_shown, report.unreconciled.size());
  for (std::size_t i = 0; i < shown; ++i) print_line("  " + format_instant_ns(report.unreconciled[i]));
  if (report.unreconciled_total > shown)
    print_line("  … and " + std::to_string(report.unreconciled_total - shown) + " more");
  for (std::size_t i = 0; i < std::min(times_shown, report.conflicts.size()); ++i)
    print_line("  differs, left alone: " + format_instant_ns(report.conflicts[i].time_ns) + "  " +
               report.conflicts[i].series + "  " + report.conflicts[i].field);
}

Result<ReconcileReport> carry_out(World& world, const Installed& installed, const TrialPoints& points,
                                  const ReconcileScope& scope, const ReconcileOptions& options) {
  if (options.dry_run) return survey(scope);
  if (points.promoted || !options.accept.empty()) return reconcile_promoted(scope);
  const CheckTarget active{world.ports,           installed.layout, *installed.manifest,
                           *installed.generation, installed.number, *installed.generation->route.active};
  return reconcile_returned(scope, active, points.data_blamed);
}

Result<int> reconcile(World& world, const ReconcileOptions& options) {
  std::optional<Micros> window;
  if (!options.window.empty()) {
    WX_LET(window, parse_duration(options.window));
  }
  WX_LET(const Installed seen, read_installed(world));
  std::unique_ptr<FileLock> lock;
  if (!options.dry_run) {
    WX_TRY(refuse_when_busy(world, seen.layout));
    WX_LET(lock, take_app_lock(world.ports, seen.layout, "reconcile", world.pid, 0));
  }
  WX_LET(const Installed installed, read_installed(world));
  if (!installed.generation || !installed.generation->route.active || !installed.manifest)
    return Error{Code::unavailable, "nothing of " + installed.layout.app + " is deployed yet",
                 "wxctl deploy --strategy gradual"};
  if (!installed.manifest->store)
    return Error{Code::invalid,
                 "the manifest of " + installed.layout.app + " names no store: there are no points",
                 "add store: to the manifest"};
  WX_LET(const TrialPoints points,
         find_trial_points(world.ports, installed.layout, *installed.manifest->store, options.accept));
  WX_LET(const auto runs, rollout_runs(world.ports, installed.layout, *installed.manifest));
  const WallTime now = world.ports.clock.now();
  const WallTime since = window ? std::max(points.since, now - *window) : points.since;
  const ReconcileScope scope{
      world.ports, installed.layout, *installed.manifest->store, points.store, runs, since, now};
  WX_LET(ReconcileReport report, carry_out(world, installed, points, scope, options));
  if (since > points.since)
    report.message += "; points from before " + format_instant(since) + " were not looked at";
  if (world.options.json)
    print_line(report_json(points, report, options.dry_run));
  else
    print_report(world, points, report);
  if (options.dry_run || report.unreconciled_total == 0) return to_int(ExitStatus::done);
  if (!world.options.json)
    print_line(
        toned(world, Tone::strong,
              "-> if the points are good all the same: wxctl reconcile --accept " + points.rollout.plan.id));
  return to_int(ExitStatus::undecided);
}

}  // namespace

int verb_reconcile(World& world, const ReconcileOptions& options) {
  return told(world, reconcile(world, options));
}

}  // namespace wx
