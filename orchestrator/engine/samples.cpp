#include "orchestrator/engine/samples.hpp"

#include "common/core/text.hpp"
#include "orchestrator/engine/json_values.hpp"

namespace wx {

namespace {

using nlohmann::json;

// As many runs as the ledger is read back for have less.
constexpr std::uint64_t newest_part = 32ull << 20;

template <class T>
std::optional<T> optional_of(const json& line, const char* key) {
  const auto found = line.find(key);
  if (found == line.end() || found->is_null()) return std::nullopt;
  return found->get<T>();
}

RouteMode mode_of(const std::string& name) {
  for (const auto mode : {RouteMode::mirror, RouteMode::split})
    if (to_string(mode) == name) return mode;
  return RouteMode::none;
}

Route route_of(const json& line) {
  Route route;
  route.generation = line.at("generation").get<std::uint64_t>();
  route.mode = mode_of(line.at("mode").get<std::string>());
  route.percent = line.at("percent").get<double>();
  route.seed = line.at("seed").get<std::string>();
  route.active = parse_slot(line.at("active").get<std::string>());
  route.rollout = line.at("rollout").get<std::string>();
  return route;
}

RunFacts facts_of(const json& line) {
  RunFacts facts;
  facts.points = optional_of<double>(line, "points");
  facts.due = optional_of<double>(line, "due");
  facts.errors = optional_of<bool>(line, "errors");
  facts.values = line.at("values").get<std::map<std::string, double>>();
  facts.metrics = line.at("metrics").get<std::map<std::string, double>>();
  if (const auto compared = optional_of<std::uint64_t>(line, "compared"))
    facts.compared = ComparedPoints{*compared, line.at("wrong").get<std::uint64_t>()};
  return facts;
}

std::string line_of(const json& document) {
  return dump_line(document) + "\n";
}

}  // namespace

std::string render_sample(const Route& route) {
  return line_of({{"t", "route"},
                  {"generation", route.generation},
                  {"mode", to_string(route.mode)},
                  {"percent", route.percent},
                  {"seed", route.seed},
                  {"active", route.active ? to_string(*route.active) : ""},
                  {"rollout", route.rollout.value_or("")}});
}

std::string render_sample(const std::string& run, const RunFacts& facts) {
  json line{{"t", "run"},
            {"run", run},
            {"points", or_null(facts.points)},
            {"due", or_null(facts.due)},
            {"errors", or_null(facts.errors)},
            {"values", facts.values},
            {"metrics", facts.metrics},
            {"compared", nullptr}};
  if (facts.compared) {
    line["compared"] = facts.compared->compared;
    line["wrong"] = facts.compared->wrong;
  }
  return line_of(line);
}

Samples parse_samples(std::string_view text) {
  Samples out;
  for (const auto& each : split(text, '\n')) {
    const json line = json::parse(each, nullptr, false);
    if (!line.is_object()) continue;
    try {
      const auto kind = line.at("t").get<std::string>();
      if (kind == "route") {
        Route route = route_of(line);
        out.routes[route.generation] = std::move(route);
      } else if (kind == "run") {
        out.runs[line.at("run").get<std::string>()] = facts_of(line);
      }
    } catch (const json::exception&) {
      continue;  // written by another version, or damaged: as if it had not been measured
    }
  }
  return out;
}

Result<Samples> read_samples(FileSystem& files, const std::string& path) {
  const auto info = files.info(path);
  if (!info) {
    if (info.error().code == Code::not_found) return Samples{};
    return info.error();
  }
  std::uint64_t offset = info->size > newest_part ? info->size - newest_part : 0;
  std::string text;
  while (true) {
    WX_LET(const std::string part, files.read_from(path, offset, newest_part));
    if (part.empty()) return parse_samples(text);
    offset += part.size();
    text += part;
  }
}

}  // namespace wx
