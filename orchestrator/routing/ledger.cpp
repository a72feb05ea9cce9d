#include "orchestrator/routing/ledger.hpp"

#include <algorithm>
#include <unordered_map>

#include "orchestrator/routing/json_fields.hpp"

namespace wx {
namespace {

// The unit's time-out begins a moment before the process whose age `exec` reports.
constexpr std::int64_t timeout_slack_ms = 100;

// What `exec` measured.
struct Ran {
  int exit_status = 0;
  int signal = 0;
  bool timed_out = false;
};

// What is known of a run besides its own fields, while the ledger is read.
struct Evidence {
  std::optional<Ran> ran;
  std::optional<std::int64_t> term_elapsed_ms;
};

WallTime wall_time(JsonFields& fields) {
  return WallTime(Micros(fields.integer("at")));
}

std::optional<Run> begin_of(JsonFields& fields) {
  Run run;
  run.id = fields.text("run");
  run.at = wall_time(fields);
  run.slot = fields.text("slot");
  run.role = fields.text("role");
  run.release = fields.text("release");
  run.generation = fields.whole("generation");
  run.trigger = fields.text("trigger");
  run.counted = fields.flag("counted");
  run.block = fields.whole_or_null("block");
  run.position = fields.whole_or_null("position");
  run.mirror_of = fields.text_or_null("mirror_of");
  run.fallback = fields.flag("fallback");
  run.degraded = fields.flag("degraded");
  run.rollout = fields.text_or_null("rollout");
  if (!fields.complaint().empty() || run.id.empty()) return std::nullopt;
  return run;
}

void add_ran(JsonFields& fields, Run& run, Evidence& evidence) {
  const Ran ran{fields.small("exit_status"), fields.small("signal"), fields.flag("timed_out")};
  const auto duration_ms = fields.integer("duration_ms");
  const auto memory = fields.integer_or_null("memory_peak_bytes");
  const auto cpu_ms = fields.integer_or_null("cpu_ms");
  const auto invocation = fields.text("invocation");
  if (!fields.complaint().empty()) return;
  evidence.ran = ran;
  run.duration_ms = duration_ms;  // the program's own; `end` measures systemd's work too
  run.memory_peak_bytes = memory;
  run.cpu_ms = cpu_ms;
  if (!invocation.empty()) run.invocation = invocation;
  if (!run.exit_status && ran.signal == 0) run.exit_status = ran.exit_status;
}

void add_end(JsonFields& fields, Run& run) {
  const auto result = fields.text("result");
  const auto exit_status = fields.small_or_null("exit_status");
  const auto invocation = fields.text("invocation");
  const auto duration_ms = fields.integer("duration_ms");
  if (!fields.complaint().empty() || result.empty()) return;
  run.result = result;
  if (exit_status) run.exit_status = exit_status;
  if (run.invocation.empty()) run.invocation = invocation;
  if (!run.duration_ms) run.duration_ms = duration_ms;
}

std::optional<std::string> result_from_evidence(const Evidence& evidence, std::int64_t timeout_ms) {
  if (evidence.ran) {
    if (evidence.ran->timed_out) return "timeout";
    if (evidence.ran->signal != 0) return "signal";
    return evidence.ran->exit_status == 0 ? "success" : "failure";
  }
  if (evidence.term_elapsed_ms)
    return *evidence.term_elapsed_ms + timeout_slack_ms >= timeout_ms ? "timeout" : "signal";
  return std::nullopt;
}

}  // namespace

Ledger read_ledger(std::string_view text, const std::function<bool(const Run&)>& in_progress,
                   const std::function<std::int64_t(const Run&)>& timeout_ms) {
  Ledger ledger;
  std::vector<Evidence> evidence;  // parallel to ledger.runs
  std::unordered_map<std::string, std::size_t> by_id;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto parsed = JsonFields::line(line);
    if (!parsed) continue;
    auto& fields = *parsed;
    const auto kind = fields.text("t");
    if (kind == "begin") {
      auto run = begin_of(fields);
      if (!run || by_id.contains(run->id)) continue;
      by_id.emplace(run->id, ledger.runs.size());
      ledger.runs.push_back(std::move(*run));
      evidence.emplace_back();
    } else if (kind == "skip") {
      SkippedPair skip{wall_time(fields), fields.text("slot"), fields.text("mirror_of"),
                       fields.text("reason")};
      if (fields.complaint().empty()) ledger.skipped.push_back(std::move(skip));
    } else if (const auto known = by_id.find(fields.text("run")); known != by_id.end()) {
      auto& run = ledger.runs[known->second];
      if (kind == "ran") add_ran(fields, run, evidence[known->second]);
      if (kind == "term") {
        const auto elapsed = fields.integer("elapsed_ms");
        if (fields.complaint().empty()) evidence[known->second].term_elapsed_ms = elapsed;
      }
      if (kind == "end") add_end(fields, run);
    }
  }
  std::unordered_map<std::string, std::size_t> newest;
  for (std::size_t i = 0; i < ledger.runs.size(); ++i) newest[ledger.runs[i].slot] = i;
  for (std::size_t i = 0; i < ledger.runs.size(); ++i) {
    auto& run = ledger.runs[i];
    if (run.result) continue;
    // Asked to stop, and the slot's next run has begun: it was killed, whatever its unit does now.
    const bool killed = evidence[i].term_elapsed_ms && newest.at(run.slot) > i;
    run.result = evidence[i].ran || killed || !in_progress(run)
                     ? result_from_evidence(evidence[i], timeout_ms(run))
                     : std::nullopt;
    if (!run.result && !in_progress(run)) run.result = "lost";
  }
  return ledger;
}

bool succeeded(const Run& run) {
  return run.result == "success" || run.result == "degraded";
}

}  // namespace wx
