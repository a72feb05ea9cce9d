#include "orchestrator/routing/ledger.hpp"

#include <algorithm>
#include <unordered_map>

#include "orchestrator/routing/json_fields.hpp"

namespace wx {
namespace {

// The unit's time-out begins a moment before the process whose age `exec` reports.
constexpr std::int64_t timeout_slack_ms = 100;

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

// False when the line is not as it should be.
bool add_ran(JsonFields& fields, Run& run) {
  const auto at = wall_time(fields);
  const auto exit_status = fields.small("exit_status");
  const auto signal = fields.small("signal");
  static_cast<void>(fields.flag("timed_out"));
  const auto duration_ms = fields.integer("duration_ms");
  const auto memory = fields.integer_or_null("memory_peak_bytes");
  const auto cpu_ms = fields.integer_or_null("cpu_ms");
  const auto invocation = fields.text("invocation");
  if (!fields.complaint().empty()) return false;
  run.ended = at;
  run.duration_ms = duration_ms;  // the program's own; `end` measures systemd's work too
  run.memory_peak_bytes = memory;
  run.cpu_ms = cpu_ms;
  if (!invocation.empty()) run.invocation = invocation;
  if (!run.exit_status && signal == 0) run.exit_status = exit_status;
  return true;
}

void add_end(JsonFields& fields, Run& run) {
  const auto at = wall_time(fields);
  const auto result = fields.text("result");
  const auto exit_status = fields.small_or_null("exit_status");
  const auto invocation = fields.text("invocation");
  const auto duration_ms = fields.integer("duration_ms");
  if (!fields.complaint().empty() || result.empty()) return;
  run.result = result;
  if (exit_status) run.exit_status = exit_status;
  if (run.invocation.empty()) run.invocation = invocation;
  if (!run.ended) run.ended = at;
  if (!run.duration_ms) run.duration_ms = duration_ms;
}

}  // namespace

void LedgerReader::read(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) {
      unfinished_ += text;
      return;
    }
    if (unfinished_.empty()) {
      read_line(text.substr(0, end));
    } else {
      read_line(unfinished_ += text.substr(0, end));
      unfinished_.clear();
    }
    text.remove_prefix(end + 1);
  }
}

void LedgerReader::read_line(std::string_view line) {
  auto parsed = JsonFields::line(line);
  if (!parsed) return;
  auto& fields = *parsed;
  const auto kind = fields.text("t");
  if (kind == "begin") {
    auto run = begin_of(fields);
    if (!run || by_id_.contains(run->id)) return;
    by_id_.emplace(run->id, known_.runs.size());
    known_.runs.push_back(std::move(*run));
    evidence_.emplace_back();
  } else if (kind == "skip") {
    SkippedPair skip{wall_time(fields), fields.text("slot"), fields.text("mirror_of"), fields.text("reason")};
    if (fields.complaint().empty()) known_.skipped.push_back(std::move(skip));
  } else if (const auto known = by_id_.find(fields.text("run")); known != by_id_.end()) {
    auto& run = known_.runs[known->second];
    auto& evidence = evidence_[known->second];
    if (kind == "ran" && add_ran(fields, run))
      evidence.ran = Ran{fields.small("exit_status"), fields.small("signal"), fields.flag("timed_out")};
    if (kind == "term") {
      const auto elapsed = fields.integer("elapsed_ms");
      if (fields.complaint().empty()) evidence.term_elapsed_ms = elapsed;
    }
    if (kind == "end") add_end(fields, run);
  }
}

std::optional<std::string> LedgerReader::result_from(const Evidence& evidence, std::int64_t timeout_ms) {
  if (evidence.ran) {
    if (evidence.ran->timed_out) return "timeout";
    if (evidence.ran->signal != 0) return "signal";
    return evidence.ran->exit_status == 0 ? "success" : "failure";
  }
  if (evidence.term_elapsed_ms)
    return *evidence.term_elapsed_ms + timeout_slack_ms >= timeout_ms ? "timeout" : "signal";
  return std::nullopt;
}

Ledger LedgerReader::ledger(const std::function<bool(const Run&)>& in_progress,
                            const std::function<std::int64_t(const Run&)>& timeout_ms) const {
  Ledger ledger = known_;
  std::unordered_map<std::string, std::size_t> newest;
  for (std::size_t i = 0; i < ledger.runs.size(); ++i) newest[ledger.runs[i].slot] = i;
  for (std::size_t i = 0; i < ledger.runs.size(); ++i) {
    auto& run = ledger.runs[i];
    if (run.result) continue;
    // Asked to stop, and the slot's next run has begun: it was killed, whatever its unit does now.
    const bool killed = evidence_[i].term_elapsed_ms && newest.at(run.slot) > i;
    run.result = evidence_[i].ran || killed || !in_progress(run) ? result_from(evidence_[i], timeout_ms(run))
                                                                 : std::nullopt;
    if (!run.result && !in_progress(run)) run.result = "lost";
  }
  return ledger;
}

Ledger read_ledger(std::string_view text, const std::function<bool(const Run&)>& in_progress,
                   const std::function<std::int64_t(const Run&)>& timeout_ms) {
  LedgerReader reader;
  reader.read(text);
  reader.read("\n");
  return reader.ledger(in_progress, timeout_ms);
}

bool succeeded(std::string_view result) {
  return result == "success" || result == "degraded";
}

bool succeeded(const Run& run) {
  return run.result && succeeded(*run.result);
}

}  // namespace wx
