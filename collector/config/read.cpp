#include "collector/config/read.hpp"

#include <utility>

#include "collector/config/values.hpp"
#include "collector/domain/rules.hpp"
#include "common/core/text.hpp"
#include "common/yaml/document.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using yaml::Map;

std::vector<std::string> names_of(const std::vector<SourceKind>& kinds) {
  std::vector<std::string> names;
  for (const auto& kind : kinds) names.emplace_back(kind.name);
  return names;
}

class Reader : private Values {
 public:
  Reader(const Environment& environment, const std::vector<SourceKind>& kinds, yaml::Problems& problems)
      : Values(environment, problems), kinds_(kinds) {}

  Configuration read(const yaml::Node& root) {
    Map top(root, "the configuration", problems_);
    read_sources(root, top);
    read_locations(top);
    read_influxdb(top);
    read_store(top);
    read_cache(top);
    read_quota(top);
    read_spool(top);
    read_logging(top);
    read_import(top);
    read_security(top);
    read_monitoring(top);
    top.finish();
    return std::move(result_);
  }

 private:
  void read_sources(const yaml::Node& root, Map& top) {
    auto& sources = result_.settings.sources;
    for (const auto& kind : kinds_) {
      const auto node = top.has(kind.name) ? top.required_node(kind.name) : top.optional_node(kind.name);
      if (!node) continue;
      const bool several = node->kind() == yaml::Kind::sequence;
      for (const auto& block : several ? node->items() : std::vector{*node})
        sources.push_back(read_source(kind, block, *this));
    }
    if (sources.empty() && problems_.empty())
      problems_.add(root.mark(),
                    "no source: one of the blocks " + join(names_of(kinds_), ", ") + " is missing");
  }

  // What has no places of its own is asked about those of all. A list replaces single places: a merge of
  // defaults adds met_office.location to every file that lacks it.
  void read_locations(Map& top) {
    auto& settings = result_.settings;
    std::vector<Location> shared;
    if (const auto list = top.optional_node("locations")) {
      shared = read_places(*list, "locations");
      for (auto& source : settings.sources)
        if (source.settings.single_location) source.settings.locations.clear();
    }
    for (const auto& source : settings.sources)
      if (shared.empty() && source.settings.single_location) shared = source.settings.locations;
    for (auto& source : settings.sources) {
      auto& places = source.settings.locations;
      if (places.empty()) places = shared;
      const auto& name = source.settings.name;
      if (places.empty() && problems_.empty())
        problems_.add(top.mark_of(name),
                      "no place to observe: " + name + ".location or locations is missing");
    }
  }

  void read_influxdb(Map& top) {
    auto& settings = result_.settings;
    settings.bucket = "weather";
    if (const auto node = top.optional_node("influxdb")) {
      Map map(*node, "influxdb", problems_);
      const auto bucket = map.optional_string("bucket").value_or(settings.bucket);
      settings.bucket = checked(map, "bucket", bucket, objection_to_bucket);
      // Variables in what no store needs may be missing.
      const auto url = map.optional_string("url"), org = map.optional_string("org"),
                 token = map.optional_string("token");
      influx_url_ = url.has_value();
      if (url && writes_to_influx(top)) {
        settings.store.url = checked(map, "url", *url, objection_to_store_url);
        settings.store.org = checked(map, "org", org.value_or(""), no_objection);
        settings.store_token = checked(map, "token", token.value_or(""), objection_to_token);
      }
      settings.store_timeout = duration(map, "timeout", settings.store_timeout);
      if (const auto retry = map.optional_node("retry"))
        read_retry(*retry, "influxdb.retry", settings.store_retry);
      map.finish();
    }
    if (const auto bucket = environment_.lookup("WX_BUCKET")) {
      settings.bucket = *bucket;
      if (const auto objection = objection_to_bucket(*bucket)) environment_problem("WX_BUCKET", *objection);
    }
  }

  // Without a store block the predecessor's influxdb.url is meant.
  static bool writes_to_influx(Map& top) {
    const auto node = top.optional_node("store");
    if (!node || node->kind() != yaml::Kind::map) return true;
    yaml::Problems ignored;
    return Map(*node, "store", ignored).optional_string("kind").value_or("sqlite") != "sqlite";
  }

  void read_store(Map& top) {
    auto& store = result_.settings.store;
    std::string path = "weather.db";
    store.kind = influx_url_ && writes_to_influx(top) ? "influxdb2" : "sqlite";
    if (const auto node = top.optional_node("store")) {
      Map map(*node, "store", problems_);
      if (const auto kind = map.optional_choice("kind", {"sqlite", "influxdb1", "influxdb2"}))
        store.kind = *kind;
      if (const auto text = map.optional_string("path"))
        path = checked(map, "path", *text, objection_to_path);
      if (const auto text = map.optional_string("url"))
        store.url = checked(map, "url", *text, objection_to_store_url);
      if (const auto text = map.optional_string("org")) store.org = checked(map, "org", *text, no_objection);
      if (const auto text = map.optional_string("token_file"))
        store.token_file = absolute(checked(map, "token_file", *text, objection_to_path));
      if (store.kind != "sqlite" && store.url.empty())
        problem(map, "kind", store.kind + " needs store.url or influxdb.url");
      map.finish();
    }
    if (store.kind == "sqlite") read_store_file(std::move(path));
  }

  void read_store_file(std::string path) {
    auto& store = result_.settings.store;
    if (const auto overriding = environment_.lookup("WX_STORE")) {
      path = *overriding;
      if (const auto objection = objection_to_path(*overriding)) environment_problem("WX_STORE", *objection);
    }
    store = {.kind = "sqlite", .path = absolute(path)};
    if (influx_url_) {
      result_.warnings.push_back("influxdb.url is not written to: store.kind is sqlite, points go to " +
                                 store.path + "; set store.kind to influxdb2, or remove influxdb.url");
    }
  }

  void read_cache(Map& top) {
    std::string path = "cache/cache.json";
    if (const auto node = top.optional_node("cache")) {
      Map map(*node, "cache", problems_);
      if (const auto text = map.optional_string("file_path"))
        path = checked(map, "file_path", *text, objection_to_path);
      map.finish();
    }
    result_.settings.cache_file = absolute(path);
    result_.settings.cache_directory = parent_path(result_.settings.cache_file);
  }

  void read_quota(Map& top) {
    auto& directory = result_.settings.quota_directory;
    directory = result_.settings.cache_directory + "/quota";
    const auto node = top.optional_node("quota");
    if (!node) return;
    Map map(*node, "quota", problems_);
    if (const auto text = map.optional_string("directory"))
      directory = absolute(checked(map, "directory", *text, objection_to_path));
    map.finish();
  }

  void read_spool(Map& top) {
    auto& spool = result_.settings.spool;
    spool.directory = result_.settings.cache_directory + "/spool";
    const auto node = top.optional_node("spool");
    if (!node) return;
    Map map(*node, "spool", problems_);
    if (const auto text = map.optional_string("directory"))
      spool.directory = absolute(checked(map, "directory", *text, objection_to_path));
    const auto megabytes = whole(map, "max_size_mb", 100, 1, 1'000'000);
    spool.max_bytes = static_cast<std::uint64_t>(megabytes) << 20;
    spool.max_age = duration(map, "max_age", spool.max_age);
    map.finish();
  }

  void read_logging(Map& top) {
    const auto node = top.optional_node("logging");
    if (!node) return;
    Map map(*node, "logging", problems_);
    const auto level = to_lower(map.optional_string("level").value_or("INFO"));
    if (level == "debug") {
      result_.settings.log_level = LogLevel::debug;
    } else if (level == "warning") {
      result_.settings.log_level = LogLevel::warning;
    } else if (level == "error" || level == "critical") {
      result_.settings.log_level = LogLevel::error;
    } else if (level != "info") {
      problem(map, "level", "must be DEBUG, INFO, WARNING, ERROR or CRITICAL");
    }
    map.finish();
  }

  void read_import(Map& top) {
    const auto node = top.optional_node("historical_import");
    if (!node) return;
    Map map(*node, "historical_import", problems_);
    whole(map, "batch_size", 100, 1, 1'000'000);
    map.finish();
  }

  void read_security(Map& top) {
    const auto node = top.optional_node("security");
    if (!node) return;
    Map map(*node, "security", problems_);
    result_.settings.validate_ranges = map.optional_bool("validate_inputs").value_or(true);
    const auto megabytes = whole(map, "max_response_size_mb", 50, 1, 1024);
    for (auto& source : result_.settings.sources)
      source.settings.max_response_bytes = static_cast<std::uint64_t>(megabytes) << 20;
    if (const auto breaker = map.optional_node("circuit_breaker")) {
      Map inner(*breaker, "security.circuit_breaker", problems_);
      auto& policy = result_.settings.breaker;
      policy.failure_threshold =
          static_cast<int>(whole(inner, "failure_threshold", policy.failure_threshold, 1, 1000));
      policy.recovery_timeout = duration(inner, "recovery_timeout", policy.recovery_timeout);
      inner.finish();
    }
    map.finish();
  }

  void read_monitoring(Map& top) {
    const auto node = top.optional_node("monitoring");
    if (!node) return;
    Map map(*node, "monitoring", problems_);
    const bool enabled = map.optional_bool("enabled").value_or(true);
    whole(map, "metrics_port", 9090, 1, 65535);
    map.optional_duration("health_check_interval");
    if (const auto text = map.optional_string("metrics_file")) {
      const auto path = checked(map, "metrics_file", *text, objection_to_path);
      if (enabled) result_.settings.metrics_file = absolute(path);
    }
    map.finish();
  }

  const std::vector<SourceKind>& kinds_;
  Configuration result_;
  bool influx_url_ = false;
};

}  // namespace

Result<Configuration> read_configuration(const std::string& file, std::string_view text,
                                         const Environment& environment,
                                         const std::vector<SourceKind>& kinds) {
  WX_LET(const auto root, yaml::parse(file, text));
  yaml::Problems problems;
  auto configuration = Reader(environment, kinds, problems).read(root);
  WX_TRY(problems.status());
  return configuration;
}

}  // namespace wx::collector
