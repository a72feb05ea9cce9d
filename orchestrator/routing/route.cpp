#include "orchestrator/routing/route.hpp"

#include "orchestrator/routing/json_fields.hpp"

namespace wx {
namespace {

constexpr double max_seconds = 10.0 * 366 * 86400;

std::optional<RouteMode> parse_mode(std::string_view text) {
  for (const auto mode : {RouteMode::none, RouteMode::mirror, RouteMode::split})
    if (to_string(mode) == text) return mode;
  return std::nullopt;
}

Slot slot_of(JsonFields& fields, const char* key) {
  const auto slot = parse_slot(fields.text(key));
  if (!slot) fields.complain(key, "is neither blue nor green");
  return slot.value_or(Slot::blue);
}

std::optional<Slot> slot_or_null(JsonFields& fields, const char* key) {
  const auto text = fields.text_or_null(key);
  if (!text) return std::nullopt;
  const auto slot = parse_slot(*text);
  if (!slot) fields.complain(key, "is neither blue nor green nor null");
  return slot;
}

std::optional<std::string_view> name_of(const std::optional<Slot>& slot) {
  return slot ? std::optional(to_string(*slot)) : std::nullopt;
}

void check_seconds(JsonFields& fields, const char* key, double value) {
  if (!(value >= 0) || value > max_seconds)
    fields.complain(key, "is not a duration between 0 s and ten years");
}

void check_consistency(JsonFields& fields, const Route& route) {
  if (!(route.percent >= 0 && route.percent <= 100)) fields.complain("percent", "is not between 0 and 100");
  if (route.scope != "user" && route.scope != "system")
    fields.complain("scope", "is neither user nor system");
  if (instance_name(route.entry, "blue").empty())
    fields.complain("entry", "is not the name of a service unit");
  if (route.mode != RouteMode::none && !route.candidate)
    fields.complain("candidate", "is null though something is on trial");
  if (route.candidate && route.active == route.candidate) fields.complain("candidate", "is the active slot");
}

}  // namespace

std::string_view to_string(Slot slot) {
  return slot == Slot::blue ? "blue" : "green";
}

std::optional<Slot> parse_slot(std::string_view text) {
  if (text == "blue") return Slot::blue;
  if (text == "green") return Slot::green;
  return std::nullopt;
}

std::string_view to_string(RouteMode mode) {
  switch (mode) {
    case RouteMode::none:
      return "none";
    case RouteMode::mirror:
      return "mirror";
    case RouteMode::split:
      return "split";
  }
  return "none";
}

Result<Route> parse_route(std::string_view json) {
  WX_LET(auto fields, JsonFields::document(json, "route.json"));
  Route route;
  route.generation = fields.whole("generation");
  route.app = fields.text("app");
  route.scope = fields.text("scope");
  route.entry = fields.text("entry");
  route.timer = fields.text_or_null("timer");
  const auto samples = fields.text("samples");
  if (samples != "timer" && samples != "all") fields.complain("samples", "is neither timer nor all");
  route.count_all = samples == "all";
  route.active = slot_or_null(fields, "active");
  route.candidate = slot_or_null(fields, "candidate");
  const auto mode = parse_mode(fields.text("mode"));
  if (!mode) fields.complain("mode", "is none of none, mirror, split");
  route.mode = mode.value_or(RouteMode::none);
  route.percent = fields.number("percent");
  route.fallback = fields.flag("fallback");
  route.repeatable = fields.flag("repeatable");
  route.seed = fields.text("seed");
  route.rollout = fields.text_or_null("rollout");
  if (auto inner = fields.object_or_null("predecessor")) {
    route.predecessor = Predecessor{slot_of(*inner, "slot"), inner->text("release")};
    if (!inner->complaint().empty()) fields.complain("predecessor", "is damaged: " + inner->complaint());
  }
  check_consistency(fields, route);
  if (!fields.complaint().empty()) return damaged("route.json", fields.complaint());
  return route;
}

std::string render_route(const Route& route) {
  JsonWriter json;
  json.add("format", document_format);
  json.add("generation", route.generation);
  json.add("app", route.app);
  json.add("scope", route.scope);
  json.add("entry", route.entry);
  json.add("timer", route.timer);
  json.add("samples", route.count_all ? "all" : "timer");
  json.add("active", name_of(route.active));
  json.add("candidate", name_of(route.candidate));
  json.add("mode", to_string(route.mode));
  json.add("percent", route.percent);
  json.add("fallback", route.fallback);
  json.add("repeatable", route.repeatable);
  json.add("seed", route.seed);
  json.add("rollout", route.rollout);
  if (route.predecessor) {
    JsonWriter predecessor;
    predecessor.add("slot", to_string(route.predecessor->slot)).add("release", route.predecessor->release);
    json.add("predecessor", predecessor);
  } else {
    json.null("predecessor");
  }
  return json.text();
}

Result<SlotRun> parse_slot_run(std::string_view json) {
  WX_LET(auto fields, JsonFields::document(json, "run.json"));
  SlotRun run;
  run.slot = slot_of(fields, "slot");
  run.role = fields.text("role");
  run.generation = fields.whole("generation");
  run.release = fields.text("release");
  run.version = fields.text("version");
  run.release_dir = fields.text("release_dir");
  run.argv = fields.texts("argv");
  run.cwd = fields.text("cwd");
  run.bucket = fields.text("bucket");
  run.timeout_s = fields.number("timeout_s");
  run.stop_s = fields.number("stop_s");
  run.secrets = fields.texts("secrets");
  run.secrets_file = fields.text("secrets_file");
  if (run.argv.empty() || run.argv.front().empty()) fields.complain("argv", "names no program");
  if (run.cwd.empty() || run.cwd.front() != '/') fields.complain("cwd", "is not an absolute path");
  check_seconds(fields, "timeout_s", run.timeout_s);
  check_seconds(fields, "stop_s", run.stop_s);
  if (!fields.complaint().empty()) return damaged("run.json", fields.complaint());
  return run;
}

std::string render_slot_run(const SlotRun& run) {
  JsonWriter json;
  json.add("format", document_format);
  json.add("slot", to_string(run.slot));
  json.add("role", run.role);
  json.add("generation", run.generation);
  json.add("release", run.release);
  json.add("version", run.version);
  json.add("release_dir", run.release_dir);
  json.add("argv", run.argv);
  json.add("cwd", run.cwd);
  json.add("bucket", run.bucket);
  json.add("timeout_s", run.timeout_s);
  json.add("stop_s", run.stop_s);
  json.add("secrets", run.secrets);
  json.add("secrets_file", run.secrets_file);
  return json.text();
}

std::string instance_name(std::string_view entry, std::string_view instance) {
  constexpr std::string_view suffix = ".service";
  if (entry.size() <= suffix.size() || !entry.ends_with(suffix)) return {};
  return std::string(entry.substr(0, entry.size() - suffix.size())) + "@" + std::string(instance) +
         std::string(suffix);
}

}  // namespace wx
