#include "orchestrator/engine/check_runner.hpp"

#include <algorithm>
#include <cmath>

#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/figures.hpp"
#include "orchestrator/domain/prometheus.hpp"
#include "orchestrator/engine/check_threshold.hpp"
#include "orchestrator/engine/idle.hpp"
#include "orchestrator/engine/start_unit.hpp"

namespace wx {

namespace {

// What systemd needs on top of the program's own time-out to start and stop the unit.
constexpr Micros unit_margin{30'000'000};
constexpr std::int64_t turn_wait_ms = 250;
constexpr std::uint64_t largest_metrics = 16ull << 20;

Variables variables_of(const CheckTarget& target) {
  return slot_variables(target.layout, target.manifest, target.generation.route, target.slot,
                        *target.generation.slot(target.slot), target.number);
}

std::string quoted_tail(const std::string& tail) {
  const auto lines = split(trim(tail), '\n');
  std::string last = lines.empty() ? "" : lines.back();
  return last.empty() ? "" : ": " + printable(last, 200);
}

void judge_exec(CheckResult& result, const CheckOutcome& outcome, const CheckSpec& spec) {
  result.tail = outcome.tail;
  result.observed = std::to_string(outcome.duration_ms);
  if (!outcome.error.empty()) {
    result.status = CheckStatus::fail;
    result.message = "could not be started: " + outcome.error;
  } else if (outcome.timed_out) {
    result.status = CheckStatus::fail;
    result.message = "did not end within " + format_duration(spec.timeout) + quoted_tail(outcome.tail);
  } else if (outcome.signal != 0) {
    result.status = CheckStatus::fail;
    result.message = "died of signal " + std::to_string(outcome.signal) + quoted_tail(outcome.tail);
  } else if (outcome.exit_status != 0) {
    result.status = CheckStatus::fail;
    result.message = "ended with status " + std::to_string(outcome.exit_status) + quoted_tail(outcome.tail);
  } else {
    result.status = CheckStatus::pass;
    result.message = "passed in " + std::to_string(outcome.duration_ms) + " ms";
  }
  if (result.status == CheckStatus::fail) result.remedy = "run it by hand: " + join(spec.exec, " ");
}

void run_http(const CheckTarget& target, const CheckSpec& spec, CheckResult& result) {
  auto url = expand(spec.http, variables_of(target));
  if (!url) {
    result.status = CheckStatus::skip;
    result.message = url.error().message;
    return;
  }
  HttpRequest request;
  request.url = *url;
  request.timeout = std::chrono::duration_cast<Millis>(spec.timeout);
  auto response = target.ports.http.send(request);
  if (!response) {
    result.status = CheckStatus::fail;
    result.message = response.error().message;
    result.remedy = "is the server up, and the address right?";
    return;
  }
  result.observed = std::to_string(response->status);
  const bool expected = spec.expect.empty() ? response->status >= 200 && response->status < 300
                                            : std::find(spec.expect.begin(), spec.expect.end(),
                                                        response->status) != spec.expect.end();
  result.status = expected ? CheckStatus::pass : CheckStatus::fail;
  result.message =
      *url + " answered " + result.observed + " in " + std::to_string(response->duration.count()) + " ms";
  if (!expected) result.remedy = "expected " + result.threshold;
}

void run_metric(const CheckTarget& target, const CheckSpec& spec, CheckResult& result) {
  result.status = CheckStatus::skip;
  auto path = expand(target.manifest.metrics_file, variables_of(target));
  if (!path || path->empty()) {
    result.message = "the manifest names no metrics file";
    return;
  }
  auto text = target.ports.files.read(*path, largest_metrics);
  if (!text) {
    result.message = text.error().message;
    result.remedy = "the file appears with the first run that writes it";
    return;
  }
  auto value = [&]() -> Result<double> {
    if (!spec.metric.empty()) return metric_value(*text, spec.metric);
    WX_LET(const double numerator, metric_value(*text, spec.ratio[0]));
    WX_LET(const double denominator, metric_value(*text, spec.ratio[1]));
    if (denominator == 0) return Error{Code::undecided, spec.ratio[1] + " is 0: nothing to divide by yet"};
    return numerator / denominator;
  }();
  if (!value) {
    result.message = value.error().message;
    return;
  }
  result.observed = number_text(*value);
  const bool good =
      (!spec.min || *value >= *spec.min) && (!spec.max || *value <= *spec.max) && !std::isnan(*value);
  result.status = good ? CheckStatus::pass : CheckStatus::fail;
  result.message =
      "is " + result.observed + (result.threshold.empty() ? "" : ", must be " + result.threshold);
}

Error busy_unit(const std::string& unit) {
  return {Code::unavailable, "another check keeps " + unit + " busy", "try again when it has ended"};
}

// A slot has one check unit with one ticket: a gate and somebody's `validate` take turns, and what a wxctl that died has started
// ends first.
Result<std::unique_ptr<FileLock>> take_turn(const CheckTarget& target, const std::string& instance, Micros longest) {
  Clock& clock = target.ports.clock;
  const std::string unit = instance_name(target.manifest.service, instance);
  const Micros deadline = clock.monotonic() + longest;
  WX_TRY(make_directories(target.ports.files, target.layout.checks(), 0700));
  auto turn = target.ports.files.lock(target.layout.checks() + "/" + instance + ".lock", LockMode::exclusive, turn_wait_ms);
  while (!turn && turn.error().code == Code::busy && clock.monotonic() < deadline) {
    WX_TRY(target.pulse());
    turn = target.ports.files.lock(target.layout.checks() + "/" + instance + ".lock", LockMode::exclusive, turn_wait_ms);
  }
  if (!turn) return turn.error().code == Code::busy ? busy_unit(unit) : turn.error();
  WX_LET(const bool idle, idle_within(target.ports, unit, deadline - clock.monotonic(), target.pulse));
  if (!idle) return busy_unit(unit);
  return turn;
}

}  // namespace

Result<CheckOutcome> run_in_check_unit(const CheckTarget& target, const std::string& id,
                                       const std::vector<std::string>& argv, Micros timeout) {
  FileSystem& files = target.ports.files;
  const Variables variables = variables_of(target);
  const std::string instance = std::string(to_string(target.slot)) + ".check";
  const std::string unit = instance_name(target.manifest.service, instance);
  WX_LET(const auto turn, take_turn(target, instance, timeout + unit_margin));
  Ticket ticket;
  ticket.run = "check-" + target.ports.ids.hex(16);
  ticket.generation = target.number;
  ticket.slot = to_string(target.slot);
  ticket.at_monotonic_us = target.ports.clock.monotonic().count();
  CheckOrder order;
  order.id = id;
  WX_LET(order.argv, expand_all(argv, variables));
  WX_LET(order.cwd, expand(target.manifest.program.cwd, variables));
  for (const auto& [key, value] : target.manifest.program.env) {
    WX_LET(std::string expanded, expand(value, variables));
    order.env.emplace_back(key, std::move(expanded));
  }
  order.timeout_ms = timeout.count() / 1000;
  order.output = target.layout.checks() + "/" + ticket.run + ".json";
  ticket.check = order;
  WX_TRY(make_directories(files, target.layout.tickets(), 0700));
  WX_TRY(replace_file(files, target.layout.tickets() + "/" + instance, render_ticket(ticket), 0600));
  WX_LET(const JobResult job, start_and_wait(target.ports, unit, timeout + unit_margin, target.pulse));
  auto text = files.read(order.output, 1 << 20);
  if (job != JobResult::done) WX_TRY(target.ports.systemd.reset_failed(unit));
  if (!text)
    return Error{
        Code::unavailable,
        "check " + id + " left no result: the job of " + unit + " ended as " + std::string(to_string(job)),
        "journalctl --user -u " + unit};
  WX_TRY(files.remove_file(order.output));
  return parse_check_outcome(*text);
}

CheckResult run_manifest_check(const CheckTarget& target, const CheckSpec& spec) {
  CheckResult result;
  result.id = spec.id;
  result.title = spec.id;
  const Threshold threshold = threshold_of(spec);
  result.threshold = threshold.value;
  result.unit = threshold.unit;
  if (!spec.http.empty()) {
    run_http(target, spec, result);
  } else if (!spec.exec.empty()) {
    result.title = spec.id + " of " + target.generation.slot(target.slot)->version;
    auto outcome = run_in_check_unit(target, spec.id, spec.exec, spec.timeout);
    if (outcome) {
      judge_exec(result, *outcome, spec);
    } else {
      result.status = CheckStatus::skip;
      result.cause = outcome.error().code;
      result.message = outcome.error().message;
      result.remedy = outcome.error().remedy;
    }
  } else {
    run_metric(target, spec, result);
  }
  return result;
}

Result<std::optional<std::string>> ask_version(const CheckTarget& target) {
  if (target.manifest.program.version.empty()) return std::optional<std::string>{};
  WX_LET(const CheckOutcome outcome,
         run_in_check_unit(target, "version", target.manifest.program.version,
                           std::min(target.manifest.program.timeout, Micros{10'000'000})));
  if (!outcome.error.empty() || outcome.timed_out || outcome.signal != 0 || outcome.exit_status != 0)
    return Error{Code::failed, "program.version of release " + target.generation.slot(target.slot)->release +
                                   " failed" +
                                   quoted_tail(outcome.error.empty() ? outcome.tail : outcome.error)};
  const auto lines = split(trim(outcome.tail), '\n');
  return std::optional<std::string>{
      printable(trim(lines.empty() ? std::string_view{} : std::string_view(lines.front())), 100)};
}

}  // namespace wx
