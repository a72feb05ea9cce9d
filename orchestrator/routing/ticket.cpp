#include "orchestrator/routing/ticket.hpp"

#include "orchestrator/routing/json_fields.hpp"

namespace wx {
namespace {

Result<CheckOrder> parse_order(JsonFields fields) {
  CheckOrder order;
  order.id = fields.text("id");
  order.argv = fields.texts("argv");
  order.cwd = fields.text("cwd");
  order.timeout_ms = fields.integer("timeout_ms");
  order.output = fields.text("output");
  if (fields.has("env")) order.env = fields.text_map("env");
  if (order.argv.empty() || order.argv.front().empty()) fields.complain("argv", "names no program");
  if (order.output.empty() || order.output.front() != '/')
    fields.complain("output", "is not an absolute path");
  if (order.timeout_ms <= 0) fields.complain("timeout_ms", "is not positive");
  if (!fields.complaint().empty()) return damaged("ticket", "check: " + fields.complaint());
  return order;
}

JsonWriter order_json(const CheckOrder& order) {
  JsonWriter json;
  json.add("id", order.id);
  json.add("argv", order.argv);
  json.add("cwd", order.cwd);
  json.add("env", order.env);
  json.add("timeout_ms", order.timeout_ms);
  json.add("output", order.output);
  return json;
}

}  // namespace

Result<Ticket> parse_ticket(std::string_view json) {
  WX_LET(auto fields, JsonFields::document(json, "ticket"));
  Ticket ticket;
  ticket.run = fields.text("run");
  ticket.generation = fields.whole("generation");
  ticket.slot = fields.text("slot");
  ticket.pid = fields.integer("pid");
  ticket.pid_start = fields.whole("pid_start");
  ticket.at_monotonic_us = fields.integer("at_monotonic_us");
  if (fields.has("check")) {
    if (auto object = fields.object_or_null("check")) {
      WX_LET(ticket.check, parse_order(*std::move(object)));
    }
  }
  if (ticket.slot != "blue" && ticket.slot != "green") fields.complain("slot", "is neither blue nor green");
  if (!fields.complaint().empty()) return damaged("ticket", fields.complaint());
  return ticket;
}

std::string render_ticket(const Ticket& ticket) {
  JsonWriter json;
  json.add("format", document_format);
  json.add("run", ticket.run);
  json.add("generation", ticket.generation);
  json.add("slot", ticket.slot);
  json.add("pid", ticket.pid);
  json.add("pid_start", ticket.pid_start);
  json.add("at_monotonic_us", ticket.at_monotonic_us);
  if (ticket.check) json.add("check", order_json(*ticket.check));
  return json.text();
}

Result<CheckOutcome> parse_check_outcome(std::string_view json) {
  WX_LET(auto fields, JsonFields::document(json, "the result of a check"));
  CheckOutcome outcome;
  outcome.exit_status = fields.small("exit_status");
  outcome.signal = fields.small("signal");
  outcome.timed_out = fields.flag("timed_out");
  outcome.duration_ms = fields.integer("duration_ms");
  outcome.memory_peak_bytes = fields.integer("memory_peak_bytes");
  outcome.cpu_ms = fields.integer("cpu_ms");
  outcome.error = fields.text_or_null("error").value_or("");
  outcome.tail = fields.text("tail");
  if (!fields.complaint().empty()) return damaged("the result of a check", fields.complaint());
  return outcome;
}

std::string render_check_outcome(const CheckOutcome& outcome) {
  JsonWriter json;
  json.add("format", document_format);
  json.add("exit_status", outcome.exit_status);
  json.add("signal", outcome.signal);
  json.add("timed_out", outcome.timed_out);
  json.add("duration_ms", outcome.duration_ms);
  json.add("memory_peak_bytes", outcome.memory_peak_bytes);
  json.add("cpu_ms", outcome.cpu_ms);
  json.add("error", outcome.error.empty() ? std::nullopt : std::optional(outcome.error));
  json.add("tail", outcome.tail);
  return json.text();
}

}  // namespace wx
