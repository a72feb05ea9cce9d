#include "orchestrator/routing/ledger_lines.hpp"

#include <algorithm>

#include "orchestrator/routing/json_fields.hpp"

namespace wx {
namespace {

JsonWriter line(const char* kind, WallTime at) {
  JsonWriter json;
  json.add("t", kind).add("at", std::int64_t{at.time_since_epoch().count()});
  return json;
}

std::optional<RanLine> ran_of(JsonFields fields) {
  RanLine ran;
  ran.run = fields.text("run");
  ran.at = WallTime(Micros(fields.integer("at")));
  ran.exit_status = fields.small("exit_status");
  ran.signal = fields.small("signal");
  ran.timed_out = fields.flag("timed_out");
  ran.duration_ms = fields.integer("duration_ms");
  ran.memory_peak_bytes = fields.integer("memory_peak_bytes");
  ran.cpu_ms = fields.integer("cpu_ms");
  ran.invocation = fields.text("invocation");
  if (!fields.complaint().empty()) return std::nullopt;
  return ran;
}

// Calls `visit` with each line of that kind that holds `part`, until it answers false.
template <class Visit>
void each_line(std::string_view ledger, std::string_view part, std::string_view kind, Visit visit) {
  while (!ledger.empty()) {
    const auto end = std::min(ledger.find('\n'), ledger.size());
    const auto line = ledger.substr(0, end);
    ledger.remove_prefix(std::min(end + 1, ledger.size()));
    if (line.find(part) == std::string_view::npos) continue;
    auto fields = JsonFields::line(line);
    if (fields && fields->text("t") == kind && !visit(*std::move(fields))) return;
  }
}

}  // namespace

std::string render_begin(const Run& run) {
  auto json = line("begin", run.at);
  json.add("run", run.id);
  json.add("slot", run.slot);
  json.add("role", run.role);
  json.add("release", run.release);
  json.add("generation", run.generation);
  json.add("trigger", run.trigger);
  json.add("counted", run.counted);
  json.add("block", run.block);
  json.add("position", run.position);
  json.add("mirror_of", run.mirror_of);
  json.add("fallback", run.fallback);
  json.add("degraded", run.degraded);
  json.add("rollout", run.rollout);
  return json.text();
}

std::string render_ran(const RanLine& ran) {
  auto json = line("ran", ran.at);
  json.add("run", ran.run);
  json.add("exit_status", ran.exit_status);
  json.add("signal", ran.signal);
  json.add("timed_out", ran.timed_out);
  json.add("duration_ms", ran.duration_ms);
  json.add("memory_peak_bytes", ran.memory_peak_bytes);
  json.add("cpu_ms", ran.cpu_ms);
  json.add("invocation", ran.invocation);
  return json.text();
}

std::string render_term(std::string_view run, WallTime at, std::int64_t elapsed_ms) {
  auto json = line("term", at);
  json.add("run", run);
  json.add("elapsed_ms", elapsed_ms);
  return json.text();
}

std::string render_end(const EndLine& end) {
  auto json = line("end", end.at);
  json.add("run", end.run);
  json.add("result", end.result);
  json.add("exit_status", end.exit_status);
  json.add("invocation", end.invocation);
  json.add("duration_ms", end.duration_ms);
  return json.text();
}

std::string render_skip(const SkippedPair& skip) {
  auto json = line("skip", skip.at);
  json.add("slot", skip.slot);
  json.add("mirror_of", skip.mirror_of);
  json.add("reason", skip.reason);
  return json.text();
}

std::optional<RanLine> find_ran(std::string_view ledger, std::string_view run) {
  std::optional<RanLine> found;
  each_line(ledger, run, "ran", [&](JsonFields fields) {
    if (auto ran = ran_of(std::move(fields)); ran && ran->run == run) found = std::move(ran);
    return !found;
  });
  return found;
}

bool has_line(std::string_view ledger, std::string_view kind, std::string_view run) {
  bool found = false;
  each_line(ledger, run, kind, [&](JsonFields fields) { return !(found = fields.text("run") == run); });
  return found;
}

BlockCursor find_cursor(std::string_view ledger) {
  BlockCursor cursor;
  each_line(ledger, "\"block\":", "begin", [&](JsonFields fields) {
    const auto block = fields.whole_or_null("block");
    const auto position = fields.whole_or_null("position");
    if (block && position && !fields.flag("fallback"))
      cursor = {fields.whole("generation"), *block, *position + 1, fields.text("run")};
    return true;
  });
  return cursor;
}

}  // namespace wx
