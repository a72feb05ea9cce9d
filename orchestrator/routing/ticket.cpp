#include "orchestrator/routing/ticket.hpp"

#include "orchestrator/routing/json_fields.hpp"

namespace wx {
namespace {

Result<CheckOrder> parse_order(const nlohmann::json& object) {
  JsonFields fields(object);
  CheckOrder order;
  order.id = fields.text("id");
  order.argv = fields.texts("argv");
  order.cwd = fields.text("cwd");
  order.timeout_ms = fields.integer("timeout_ms");
  order.output = fields.text("output");
  if (const auto* env = fields.object_or_null("env")) {
    for (const auto& [key, value] : env->items()) {
      if (!value.is_string()) return damaged("ticket", "a value of \"env\" is not a string");
      order.env.emplace_back(key, value.get<std::string>());
    }
  }
  if (order.argv.empty() || order.argv.front().empty()) fields.complain("argv", "names no program");
  if (order.output.empty() || order.output.front() != '/')
    fields.complain("output", "is not an absolute path");
  if (order.timeout_ms <= 0) fields.complain("timeout_ms", "is not positive");
  if (!fields.complaint().empty()) return damaged("ticket", "check: " + fields.complaint());
  return order;
}

nlohmann::ordered_json order_json(const CheckOrder& order) {
  nlohmann::ordered_json json;
  json["id"] = order.id;
  json["argv"] = order.argv;
  json["cwd"] = order.cwd;
  json["env"] = nlohmann::ordered_json::object();
  for (const auto& [key, value] : order.env) json["env"][key] = value;
  json["timeout_ms"] = order.timeout_ms;
  json["output"] = order.output;
  return json;
}

}  // namespace

Result<Ticket> parse_ticket(std::string_view json) {
  WX_LET(const auto document, parse_document(json, "ticket"));
  JsonFields fields(document);
  Ticket ticket;
  ticket.run = fields.text("run");
  ticket.generation = fields.whole("generation");
  ticket.slot = fields.text("slot");
  ticket.pid = fields.integer("pid");
  ticket.pid_start = fields.whole("pid_start");
  ticket.at_monotonic_us = fields.integer("at_monotonic_us");
  if (fields.has("check")) {
    if (const auto* object = fields.object_or_null("check")) {
      WX_LET(ticket.check, parse_order(*object));
    }
  }
  if (ticket.slot != "blue" && ticket.slot != "green") fields.complain("slot", "is neither blue nor green");
  if (!fields.complaint().empty()) return damaged("ticket", fields.complaint());
  return ticket;
}

std::string render_ticket(const Ticket& ticket) {
  nlohmann::ordered_json json;
  json["format"] = document_format;
  json["run"] = ticket.run;
  json["generation"] = ticket.generation;
  json["slot"] = ticket.slot;
  json["pid"] = ticket.pid;
  json["pid_start"] = ticket.pid_start;
  json["at_monotonic_us"] = ticket.at_monotonic_us;
  if (ticket.check) json["check"] = order_json(*ticket.check);
  return dump(json) + "\n";
}

Result<CheckOutcome> parse_check_outcome(std::string_view json) {
  WX_LET(const auto document, parse_document(json, "the result of a check"));
  JsonFields fields(document);
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
  nlohmann::ordered_json json;
  json["format"] = document_format;
  json["exit_status"] = outcome.exit_status;
  json["signal"] = outcome.signal;
  json["timed_out"] = outcome.timed_out;
  json["duration_ms"] = outcome.duration_ms;
  json["memory_peak_bytes"] = outcome.memory_peak_bytes;
  json["cpu_ms"] = outcome.cpu_ms;
  json["error"] =
      outcome.error.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(outcome.error);
  json["tail"] = outcome.tail;
  return dump(json) + "\n";
}

}  // namespace wx
