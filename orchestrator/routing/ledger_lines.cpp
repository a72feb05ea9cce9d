#include "orchestrator/routing/ledger_lines.hpp"

#include <algorithm>

#include "orchestrator/routing/json_fields.hpp"

namespace wx {
namespace {

nlohmann::ordered_json line(const char* kind, WallTime at) {
  nlohmann::ordered_json json;
  json["t"] = kind;
  json["at"] = at.time_since_epoch().count();
  return json;
}

std::string text(const nlohmann::ordered_json& json) {
  return dump(json) + "\n";
}

std::optional<RanLine> ran_of(const nlohmann::json& json) {
  JsonFields fields(json);
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

}  // namespace

std::string render_begin(const Run& run) {
  auto json = line("begin", run.at);
  json["run"] = run.id;
  json["slot"] = run.slot;
  json["role"] = run.role;
  json["release"] = run.release;
  json["generation"] = run.generation;
  json["trigger"] = run.trigger;
  json["counted"] = run.counted;
  json["block"] = or_null(run.block);
  json["position"] = or_null(run.position);
  json["mirror_of"] = or_null(run.mirror_of);
  json["fallback"] = run.fallback;
  json["degraded"] = run.degraded;
  json["rollout"] = or_null(run.rollout);
  return text(json);
}

std::string render_ran(const RanLine& ran) {
  auto json = line("ran", ran.at);
  json["run"] = ran.run;
  json["exit_status"] = ran.exit_status;
  json["signal"] = ran.signal;
  json["timed_out"] = ran.timed_out;
  json["duration_ms"] = ran.duration_ms;
  json["memory_peak_bytes"] = ran.memory_peak_bytes;
  json["cpu_ms"] = ran.cpu_ms;
  json["invocation"] = ran.invocation;
  return text(json);
}

std::string render_term(std::string_view run, WallTime at, std::int64_t elapsed_ms) {
  auto json = line("term", at);
  json["run"] = run;
  json["elapsed_ms"] = elapsed_ms;
  return text(json);
}

std::string render_end(const EndLine& end) {
  auto json = line("end", end.at);
  json["run"] = end.run;
  json["result"] = end.result;
  json["exit_status"] = or_null(end.exit_status);
  json["invocation"] = end.invocation;
  json["duration_ms"] = end.duration_ms;
  return text(json);
}

std::string render_skip(const SkippedPair& skip) {
  auto json = line("skip", skip.at);
  json["slot"] = skip.slot;
  json["mirror_of"] = skip.mirror_of;
  json["reason"] = skip.reason;
  return text(json);
}

std::optional<RanLine> find_ran(std::string_view ledger, std::string_view run) {
  while (!ledger.empty()) {
    const auto end = std::min(ledger.find('\n'), ledger.size());
    const auto candidate = ledger.substr(0, end);
    ledger.remove_prefix(std::min(end + 1, ledger.size()));
    if (candidate.find(run) == std::string_view::npos) continue;
    const auto json = nlohmann::json::parse(candidate, nullptr, false);
    if (!json.is_object() || JsonFields(json).text("t") != "ran") continue;
    if (auto ran = ran_of(json); ran && ran->run == run) return ran;
  }
  return std::nullopt;
}

}  // namespace wx
