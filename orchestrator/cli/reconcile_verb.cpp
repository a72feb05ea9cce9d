// reconcile: what only the candidate's bucket has, brought home by hand.
#include <nlohmann/json.hpp>

#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "orchestrator/cli/driving.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/app_lock.hpp"
#include "orchestrator/engine/reconcile.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::uint64_t largest_manifest = 4ull << 20;
constexpr std::size_t times_shown = 10;

// Which rollout is meant, and where its candidate's points are.
struct Source {
  RolloutView rollout;
  StoreSpec store;
  bool evidence = false;
};

Result<StoreSpec> candidate_store(const World& world, const Installed& installed,
                                  const std::string& rollout) {
  const std::string path = installed.layout.rollout(rollout) + "/manifest.yaml";
  WX_LET(const std::string text, world.ports.files.read(path, largest_manifest));
  WX_LET(const Manifest manifest, parse_manifest(path, text));
  if (manifest.store) return *manifest.store;
  return *installed.manifest->store;
}

Result<Source> find_source(const World& world, const Installed& installed, const std::string& accept) {
  WX_LET(const auto rollouts, list_rollouts(world.ports.files, installed.layout));
  if (rollouts.empty())
    return Error{Code::impossible,
                 "there was no rollout of " + installed.layout.app + " yet: nothing to reconcile"};
  Source source;
  if (accept.empty()) {
    source.rollout = rollouts.front();
  } else {
    WX_LET(source.rollout, find_rollout(world.ports.files, installed.layout, accept));
  }
  const std::string& id = source.rollout.plan.id;
  WX_LET(source.store, candidate_store(world, installed, id));
  auto evidence = evidence_store(world.ports, installed.layout, source.store, id);
  if (evidence) {
    source.store = *std::move(evidence);
    source.evidence = true;
  } else if (evidence.error().code != Code::not_found) {
    return std::move(evidence).error();
  } else if (id != rollouts.front().plan.id) {
    return Error{Code::impossible, "rollout " + id + " left no points as evidence", "wxctl history"};
  }
  return source;
}

Result<std::vector<JournalRecord>> records_of(const World& world, const Layout& layout,
                                              const std::string& id) {
  WX_LET(const std::string text, world.ports.files.read(layout.rollout(id) + "/journal", UINT64_MAX));
  WX_LET(JournalContent content, parse_journal(text));
  return std::move(content.records);
}

json conflict_json(const Mismatch& conflict) {
  return {{"timestamp", format_instant_ns(conflict.time_ns)},
          {"series", conflict.series},
          {"field", conflict.field}};
}

std::string report_json(const Source& source, const ReconcileReport& report, bool dry_run) {
  json times = json::array();
  for (const auto time : report.unreconciled) times.push_back(format_instant_ns(time));
  json conflicts = json::array();
  for (const auto& conflict : report.conflicts) conflicts.push_back(conflict_json(conflict));
  const json document{{"rollout", source.rollout.plan.id},
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
  return document.dump(2, ' ', false, json::error_handler_t::replace);
}

void print_report(const World& world, const Source& source, const ReconcileReport& report) {
  print_line(toned(world, Tone::strong, source.rollout.plan.id) + "  " + report.message);
  const std::size_t shown = std::min(times_shown, report.unreconciled.size());
  for (std::size_t i = 0; i < shown; ++i) print_line("  " + format_instant_ns(report.unreconciled[i]));
  if (report.unreconciled_total > shown)
    print_line("  … and " + std::to_string(report.unreconciled_total - shown) + " more");
  for (std::size_t i = 0; i < std::min(times_shown, report.conflicts.size()); ++i)
    print_line("  differs, left alone: " + format_instant_ns(report.conflicts[i].time_ns) + "  " +
               report.conflicts[i].series + "  " + report.conflicts[i].field);
}

Result<ReconcileReport> carry_out(World& world, const Installed& installed, const Source& source,
                                  const ReconcileScope& scope, const ReconcileOptions& options) {
  if (options.dry_run) return survey(scope);
  const bool promoted = source.rollout.phase == "Healthy" && source.rollout.outcome == "Promoted";
  if (promoted || !options.accept.empty()) return reconcile_promoted(scope);
  WX_LET(const auto records, records_of(world, installed.layout, source.rollout.plan.id));
  const CheckTarget active{world.ports,           installed.layout, *installed.manifest,
                           *installed.generation, installed.number, *installed.generation->route.active};
  return reconcile_returned(scope, active, blames_data(records));
}

Result<int> reconcile(World& world, const ReconcileOptions& options) {
  WX_LET(const Micros window, parse_duration(options.window));
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
  WX_LET(const Source source, find_source(world, installed, options.accept));
  WX_LET(const auto runs, rollout_runs(world.ports, installed.layout, *installed.manifest));
  const WallTime now = world.ports.clock.now();
  const WallTime begun = source.rollout.started.value_or(source.rollout.plan.created);
  const ReconcileScope scope{world.ports,
                             installed.layout,
                             *installed.manifest->store,
                             source.store,
                             runs,
                             std::max(begun, now - window),
                             now};
  WX_LET(const ReconcileReport report, carry_out(world, installed, source, scope, options));
  if (world.options.json)
    print_line(report_json(source, report, options.dry_run));
  else
    print_report(world, source, report);
  if (options.dry_run || report.unreconciled_total == 0) return to_int(ExitStatus::done);
  if (!world.options.json)
    print_line(
        toned(world, Tone::strong,
              "-> if the points are good all the same: wxctl reconcile --accept " + source.rollout.plan.id));
  return to_int(ExitStatus::undecided);
}

}  // namespace

int verb_reconcile(World& world, const ReconcileOptions& options) {
  return told(world, reconcile(world, options));
}

}  // namespace wx
