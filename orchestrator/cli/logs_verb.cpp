// logs: what the runs of both slots said, as patterns.
#include <unordered_map>

#include "common/core/duration.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/logs_follow.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/domain/log_digest.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/run_log.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::size_t most_lines = 100'000;  // of each slot
constexpr std::size_t patterns_shown = 10;
constexpr std::size_t hours_shown = 24;

struct Digest {
  LogDigest lines;
  WallTime since{};
  bool cut = false;  // older lines were not read
};

// Lines of a run of another release, which was in that slot before, say nothing of this one.
class OfPresentRelease {
 public:
  OfPresentRelease(const Ledger& ledger, const Generation& generation) : generation_(generation) {
    for (const auto& run : ledger.runs)
      if (!run.invocation.empty()) release_of_[run.invocation] = run.release;
  }
  bool operator()(Slot slot, const JournalEntry& entry) const {
    const auto run = release_of_.find(entry.invocation);
    const auto& spec = generation_.slot(slot);
    return spec && (run == release_of_.end() || run->second == spec->release);
  }

 private:
  const Generation& generation_;
  std::unordered_map<std::string, std::string> release_of_;
};

// That a unit was started and has ended the ledger knows better.
bool is_routine(const JournalEntry& entry) {
  return entry.identifier == "systemd" && entry.priority >= 5;
}

// What the manager says of one slot's unit it says of the other's too.
std::string without_slot(std::string message, const std::string& unit, const std::string& any) {
  if (const auto at = message.find(unit); at != std::string::npos) message.replace(at, unit.size(), any);
  return message;
}

Result<Digest> read_logs(const World& world, const Installed& installed, Micros window) {
  Digest digest;
  digest.since = world.ports.clock.now() - window;
  RunLog log(world.ports, installed.layout, installed.manifest->service, installed.manifest->program.timeout);
  WX_LET(const Ledger ledger, log.read());
  const OfPresentRelease wanted(ledger, *installed.generation);
  for (const Slot slot : {Slot::blue, Slot::green}) {
    const std::string unit = instance_name(installed.manifest->service, to_string(slot));
    const std::string any = instance_name(installed.manifest->service, "…");
    JournalQuery query;
    query.units = {unit};
    query.since = digest.since;
    query.limit = most_lines;
    WX_LET(const auto entries, world.ports.journal.entries(query));
    digest.cut = digest.cut || entries.size() == most_lines;
    for (const auto& entry : entries)
      if (wanted(slot, entry) && !is_routine(entry))
        digest.lines.add(slot, entry.at, entry.priority, without_slot(entry.message, unit, any));
  }
  return digest;
}

json per_slot(const PerSlot& counts) {
  return {{"blue", counts[0]}, {"green", counts[1]}};
}

json to_json(const Installed& installed, const Digest& digest, const std::vector<LogPattern>& patterns) {
  json hours = json::array();
  for (const auto& entry : digest.lines.errors_by_hour())
    hours.push_back({{"hour", format_instant(entry.first)}, {"errors", per_slot(entry.second)}});
  json list = json::array();
  for (const auto& pattern : patterns)
    list.push_back({{"pattern", pattern.pattern},
                    {"severity", to_string(pattern.severity)},
                    {"lines", per_slot(pattern.lines)},
                    {"new", pattern.is_new},
                    {"first", format_instant(pattern.first, true)},
                    {"last", format_instant(pattern.last, true)},
                    {"example", pattern.example}});
  return {{"app", installed.layout.app},
          {"since", format_instant(digest.since)},
          {"lines", per_slot(digest.lines.lines())},
          {"errors", per_slot(digest.lines.errors())},
          {"hours", hours},
          {"patterns", list},
          {"untold", digest.lines.untold()},
          {"cut", digest.cut}};
}

std::string slot_heading(const Installed& installed, Slot slot) {
  const auto& spec = installed.generation->slot(slot);
  return std::string(to_string(slot)) + (spec ? " " + spec->version : "");
}

void print_hours(const World& world, const Installed& installed, const Digest& digest) {
  const auto& hours = digest.lines.errors_by_hour();
  if (hours.empty()) return;
  std::vector<std::vector<std::string>> rows{
      {"errors by hour", slot_heading(installed, Slot::blue), slot_heading(installed, Slot::green)}};
  const std::size_t left_out = hours.size() > hours_shown ? hours.size() - hours_shown : 0;
  std::size_t at = 0;
  for (const auto& entry : hours)
    if (at++ >= left_out)
      rows.push_back(
          {format_instant(entry.first), std::to_string(entry.second[0]), std::to_string(entry.second[1])});
  print_line("");
  print(table(world, rows));
}

void print_patterns(const World& world, const Digest& digest, const std::vector<LogPattern>& patterns,
                    bool all, Slot subject) {
  if (patterns.empty()) return;
  const std::size_t shown = all ? patterns.size() : std::min(patterns.size(), patterns_shown);
  std::vector<std::vector<std::string>> rows{{"blue", "green", "", "severity", "pattern"}};
  for (std::size_t i = 0; i < shown; ++i)
    rows.push_back({std::to_string(patterns[i].lines[0]), std::to_string(patterns[i].lines[1]),
                    patterns[i].is_new ? "new" : "", std::string(to_string(patterns[i].severity)),
                    patterns[i].pattern});
  print_line("");
  print(table(world, rows));
  std::vector<std::string> notes;
  if (patterns.front().is_new) notes.push_back("new: only " + std::string(to_string(subject)) + " says so");
  if (shown < patterns.size())
    notes.push_back(std::to_string(patterns.size() - shown) + " more patterns: --all");
  if (digest.lines.untold() > 0)
    notes.push_back(std::to_string(digest.lines.untold()) + " lines of yet other patterns");
  if (!notes.empty()) print_line("\n" + join(notes, "; "));
}

Result<int> logs(World& world, const LogsOptions& options) {
  auto window = parse_duration(options.since.empty() ? "24h" : options.since);
  if (!window) return std::move(window).error().with_context("--since");
  WX_LET(const Installed installed, read_installed(world));
  if (!installed.generation || !installed.manifest)
    return Error{Code::unavailable, "nothing of " + installed.layout.app + " is deployed yet",
                 "wxctl deploy --strategy gradual"};
  if (options.follow)
    return follow_logs(
        world, installed,
        options.since.empty() ? std::nullopt : std::optional(world.ports.clock.now() - *window));
  const Route& route = installed.generation->route;
  const Slot subject = route.candidate ? *route.candidate : route.active.value_or(Slot::blue);
  WX_LET(const Digest digest, read_logs(world, installed, *window));
  const auto patterns = digest.lines.patterns(subject);
  if (world.options.json) {
    print_line(dump(to_json(installed, digest, patterns)));
    return 0;
  }
  const PerSlot lines = digest.lines.lines();
  const PerSlot errors = digest.lines.errors();
  print_line(
      installed.layout.app + ": " + std::to_string(lines[0] + lines[1]) + " lines since " +
      format_instant(digest.since) + ", " + std::to_string(errors[0] + errors[1]) + " of them errors" +
      (digest.cut ? "; older ones were not read: there are more than " + std::to_string(most_lines) : ""));
  print_hours(world, installed, digest);
  print_patterns(world, digest, patterns, options.all, subject);
  return 0;
}

}  // namespace

int verb_logs(World& world, const LogsOptions& options) {
  return told(world, logs(world, options));
}

}  // namespace wx
