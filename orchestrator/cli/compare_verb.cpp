// compare: the points of both buckets side by side.
#include <array>
#include <cmath>
#include <cstdio>

#include "common/core/duration.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/installed.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/signals.hpp"
#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/engine/compare.hpp"
#include "orchestrator/engine/json_values.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::size_t rows_shown = 10;

int exit_of(const std::string& verdict) {
  if (verdict == "pass") return to_int(ExitStatus::done);
  if (verdict == "fail") return to_int(ExitStatus::failed);
  if (verdict == "error") return to_int(ExitStatus::environment);
  if (verdict == "cancelled") return to_int(ExitStatus::interrupted);
  return to_int(ExitStatus::undecided);
}

// The same report told by slot.
struct Side {
  std::string name;
  std::string bucket;
  bool main = false;
  const BucketCount* count = nullptr;  // null when nothing could be compared
  const MissingPoints* missing = nullptr;
};

Side side_of(const CompareReport& report, Slot slot) {
  Side side;
  side.name = to_string(slot);
  side.main = report.main.slot == slot;
  side.bucket = side.main ? report.main.bucket : report.candidate.bucket;
  if (report.comparison) {
    const Comparison& comparison = *report.comparison;
    side.count = side.main ? &comparison.main : &comparison.candidate;
    side.missing = side.main ? &comparison.missing_in_main : &comparison.missing_in_candidate;
  }
  return side;
}

json value_json(const std::optional<FieldValue>& value) {
  if (!value) return nullptr;
  if (const auto* number = std::get_if<double>(&*value); number != nullptr && !std::isfinite(*number))
    return std::isnan(*number) ? "NaN" : (*number > 0 ? "Infinity" : "-Infinity");
  return std::visit([](const auto& held) { return json(held); }, *value);
}

json type_json(const std::optional<FieldValue>& value) {
  return value ? json(type_name(*value)) : json(nullptr);
}

json share_json(const std::optional<double>& share) {
  return share ? json(*share) : json(nullptr);
}

json side_json(const Side& side, bool in_rollout) {
  return {{"bucket", side.bucket.empty() ? json(nullptr) : json(side.bucket)},
          {"points", side.count != nullptr ? json(side.count->points) : json(nullptr)},
          {"due", side.count != nullptr && in_rollout ? json(side.count->due) : json(nullptr)}};
}

void add_missing(json& document, const Side& side) {
  json times = json::array();
  json series = json::array();
  if (side.missing != nullptr)
    for (const auto& entry : side.missing->first) {
      times.push_back(format_instant_ns(entry.time_ns));
      series.push_back(entry.series);
    }
  const std::string key = "missing_in_" + side.name;
  document[key] = times;
  document[key + "_series"] = series;
  document[key + "_total"] = side.missing != nullptr ? json(side.missing->total) : json(nullptr);
}

json mismatch_json(const Mismatch& mismatch, bool main_is_blue) {
  const auto& blue = main_is_blue ? mismatch.main : mismatch.candidate;
  const auto& green = main_is_blue ? mismatch.candidate : mismatch.main;
  return {{"timestamp", format_instant_ns(mismatch.time_ns)},
          {"series", mismatch.series},
          {"field", mismatch.field},
          {"blue", value_json(blue)},
          {"green", value_json(green)},
          {"blue_type", type_json(blue)},
          {"green_type", type_json(green)}};
}

std::string report_json(const CompareReport& report, bool one_line) {
  const Side blue = side_of(report, Slot::blue);
  const Side green = side_of(report, Slot::green);
  json mismatched = json::array();
  if (report.comparison)
    for (const auto& mismatch : report.comparison->mismatched)
      mismatched.push_back(mismatch_json(mismatch, blue.main));
  json document{
      {"window", {{"from", format_instant(report.from, true)}, {"to", format_instant(report.to, true)}}},
      {"blue", side_json(blue, report.in_rollout)},
      {"green", side_json(green, report.in_rollout)},
      {"expected_share", share_json(report.expected_share)},
      {"observed_share", share_json(report.observed_share)},
      {"mismatched", mismatched},
      {"mismatched_total", report.comparison ? json(report.comparison->mismatched_total) : json(nullptr)},
      {"verdict", report.verdict},
      {"message", report.message},
      {"change", report.change.empty() ? json(nullptr) : json(report.change)}};
  add_missing(document, blue);
  add_missing(document, green);
  return document.dump(one_line ? -1 : 2, ' ', false, json::error_handler_t::replace);
}

std::string percent(const std::optional<double>& share) {
  if (!share) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g %%", *share * 100);
  return text.data();
}

std::string value_text(const std::optional<FieldValue>& value) {
  if (!value) return "(absent)";
  return printable(dump_line(value_json(value)), 40) + " " + std::string(type_name(*value));
}

std::string more(std::uint64_t total, std::size_t shown) {
  return total > shown ? "  … and " + std::to_string(total - shown) + " more\n" : std::string{};
}

std::string missing_text(const Side& side) {
  if (side.missing == nullptr || side.missing->total == 0) return {};
  std::string text = "missing in " + side.bucket + ":\n";
  const std::size_t shown = std::min(rows_shown, side.missing->first.size());
  for (std::size_t i = 0; i < shown; ++i)
    text += "  " + format_instant_ns(side.missing->first[i].time_ns) + "  " +
            printable(side.missing->first[i].series, 80) + "\n";
  return text + more(side.missing->total, shown);
}

std::string mismatches_text(const World& world, const CompareReport& report) {
  if (!report.comparison || report.comparison->mismatched_total == 0) return {};
  std::vector<std::vector<std::string>> rows{
      {"  differs at", "series", "field", report.main.bucket, report.candidate.bucket}};
  const auto& all = report.comparison->mismatched;
  for (std::size_t i = 0; i < std::min(rows_shown, all.size()); ++i)
    rows.push_back({"  " + format_instant_ns(all[i].time_ns), printable(all[i].series, 60),
                    printable(all[i].field, 30), value_text(all[i].main), value_text(all[i].candidate)});
  return table(world, rows) + more(report.comparison->mismatched_total, rows.size() - 1);
}

std::string report_text(const World& world, const CompareReport& report) {
  std::string text = format_instant(report.from) + " to " + format_instant(report.to) +
                     (report.in_rollout ? ", what was due in this rollout\n" : ", all points\n");
  std::vector<std::vector<std::string>> rows{{"slot", "role", "bucket", "points", "due", "missing"}};
  for (const Slot slot : {Slot::blue, Slot::green}) {
    const Side side = side_of(report, slot);
    const auto number = [&](const std::uint64_t* value) {
      return value != nullptr ? std::to_string(*value) : "-";
    };
    rows.push_back({side.name, side.main ? "active" : (report.in_rollout ? "candidate" : "idle"), side.bucket,
                    number(side.count != nullptr ? &side.count->points : nullptr),
                    number(side.count != nullptr && report.in_rollout ? &side.count->due : nullptr),
                    number(side.missing != nullptr ? &side.missing->total : nullptr)});
  }
  text += table(world, rows);
  if (report.observed_share)
    text += "candidate's share of the points: " + percent(report.observed_share) +
            (report.expected_share ? ", expected " + percent(report.expected_share) : "") + "\n";
  text += missing_text(side_of(report, Slot::blue)) + missing_text(side_of(report, Slot::green));
  text += mismatches_text(world, report);
  Tone tone = Tone::warn;
  if (report.verdict == "pass") tone = Tone::good;
  if (report.verdict == "fail" || report.verdict == "error") tone = Tone::bad;
  text += toned(world, tone, report.verdict) + ": " + report.message + "\n";
  if (!report.change.empty()) text += "  what would change it: " + report.change + "\n";
  return text;
}

// The state of the app is read anew each time: a rollout may begin or end between two looks.
Result<CompareReport> look(const World& world, Micros window, const SignalsHeld& signals) {
  WX_LET(const Installed installed, read_installed(world));
  if (!installed.generation || !installed.manifest)
    return Error{Code::unavailable, "nothing of " + installed.layout.app + " is deployed yet",
                 "wxctl deploy --strategy gradual"};
  std::optional<WallTime> rollout;
  if (installed.last_rollout && !installed.last_rollout->ended())
    rollout = installed.last_rollout->started.value_or(installed.last_rollout->plan.created);
  return compare_buckets({world.ports, installed.layout, *installed.manifest, *installed.generation, rollout,
                          window, [&signals]() -> Status {
                            if (signals.came(Micros{0}))
                              return Error{Code::interrupted, "interrupted by a signal"};
                            return {};
                          }});
}

Result<int> compare(const World& world, const CompareOptions& options) {
  WX_LET(const Micros window, parse_duration(options.window));
  WX_LET(const Micros interval, parse_duration(options.interval));
  if (window == Micros::zero() || interval < Micros{100'000})
    return Error{Code::invalid, "--window and the time between two looks must be longer than zero",
                 "wxctl compare --window 1h --watch 60s"};
  const SignalsHeld signals;
  const bool redraw = options.watch && world.terminal && !world.options.json;
  while (true) {
    WX_LET(const CompareReport report, look(world, window, signals));
    if (world.options.json)
      print_line(report_json(report, options.watch));
    else
      print((redraw ? std::string(home_and_clear) : std::string{}) + report_text(world, report));
    if (!options.watch || report.verdict == "cancelled") return exit_of(report.verdict);
    if (signals.came(interval)) return to_int(ExitStatus::interrupted);
    if (std::ferror(stdout) != 0) return to_int(ExitStatus::environment);  // nobody reads it any more
    if (!redraw && !world.options.json) print("\n");
  }
}

}  // namespace

int verb_compare(World& world, const CompareOptions& options) {
  return told(world, compare(world, options));
}

}  // namespace wx
