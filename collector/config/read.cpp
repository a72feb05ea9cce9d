#include "collector/config/read.hpp"

#include <set>
#include <utility>

#include "collector/config/expand.hpp"
#include "collector/domain/rules.hpp"
#include "common/core/text.hpp"
#include "common/yaml/document.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using yaml::Map;

// Reads one document; holds what every block needs.
class Reader {
 public:
  Reader(const Environment& environment, yaml::Problems& problems)
      : environment_(environment), problems_(problems) {}

  Configuration read(const yaml::Node& root) {
    Map top(root, "the configuration", problems_);
    read_met_office(top);
    read_locations(top);
    read_influxdb(top);
    read_store(top);
    read_cache(top);
    read_spool(top);
    read_logging(top);
    read_import(top);
    read_security(top);
    read_monitoring(top);
    top.finish();
    return std::move(result_);
  }

 private:
  using Objection = std::optional<std::string> (*)(std::string_view);

  void read_met_office(Map& top) {
    const auto node = top.required_node("met_office");
    if (!node) return;
    Map map(*node, "met_office", problems_);
    auto& settings = result_.settings.met_office;
    settings.api_key = required(map, "api_key", objection_to_api_key);
    const auto url = map.optional_string("base_url").value_or("https://data.hub.api.metoffice.gov.uk");
    settings.base_url = checked(map, "base_url", url, objection_to_base_url);
    while (settings.base_url.ends_with('/')) settings.base_url.pop_back();
    settings.timeout = duration(map, "timeout", settings.timeout);
    if (const auto retry = map.optional_node("retry")) read_retry(*retry, "met_office.retry", settings.retry);
    if (const auto location = map.optional_node("location")) add_location(*location, "met_office.location");
    map.finish();
  }

  void read_retry(const yaml::Node& node, const std::string& what, RetryPolicy& policy) {
    Map map(node, what, problems_);
    policy.max_attempts = static_cast<int>(whole(map, "max_attempts", policy.max_attempts, 1, 100));
    policy.initial_backoff = duration(map, "initial_backoff", policy.initial_backoff);
    policy.max_backoff = duration(map, "max_backoff", policy.max_backoff);
    policy.max_total_time = duration(map, "max_total_time", policy.max_total_time);
    if (const auto jitter = map.optional_double("jitter")) {
      policy.jitter = *jitter;
      if (!(*jitter >= 0 && *jitter <= 1)) problem(map, "jitter", "must lie between 0 and 1");
    }
    map.finish();
  }

  void read_locations(Map& top) {
    const auto list = top.optional_node("locations");
    if (list && list->kind() != yaml::Kind::sequence) {
      problems_.add(list->mark(), "locations must be a list");
    } else if (list) {
      // The list replaces the one place: a merge of defaults adds met_office.location to every file that
      // lacks it.
      result_.settings.locations.clear();
      names_.clear();
      for (const auto& item : list->items()) add_location(item, "locations");
    }
    if (result_.settings.locations.empty() && problems_.empty()) {
      problems_.add(top.mark_of("met_office"),
                    "no place to observe: met_office.location or locations is missing");
    }
  }

  void add_location(const yaml::Node& node, const std::string& what) {
    Map map(node, what, problems_);
    Location location;
    location.name = required(map, "name", objection_to_location_name);
    location.latitude = degrees(map, "latitude", 90);
    location.longitude = degrees(map, "longitude", 180);
    map.finish();
    if (!names_.insert(location.name).second)
      problem(map, "name", "a location of this name is there already");
    result_.settings.locations.push_back(std::move(location));
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
    result_.settings.met_office.max_response_bytes = static_cast<std::uint64_t>(megabytes) << 20;
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

  // The value with its variables put in; a problem at its place when that fails or `objection` finds one.
  std::string checked(const Map& map, std::string_view key, const std::string& text, Objection objection) {
    auto value = expand(text, environment_);
    if (!value) {
      problems_.add(map.mark_of(key), std::string(key) + ": " + value.error().message);
      return {};
    }
    if (const auto reason = objection(*value)) problem(map, key, *reason);
    return std::move(value).value();
  }

  std::string required(Map& map, std::string_view key, Objection objection) {
    const auto text = map.required_string(key);
    return text.empty() ? text : checked(map, key, text, objection);  // an empty one is reported already
  }

  static std::optional<std::string> objection_to_path(std::string_view path) {
    if (path.empty()) return "a path must not be empty";
    if (path.find('\0') != std::string_view::npos || path.ends_with('/')) return "the path names no file";
    return std::nullopt;
  }

  static std::optional<std::string> no_objection(std::string_view) { return std::nullopt; }

  std::int64_t whole(Map& map, std::string_view key, std::int64_t fallback, std::int64_t least,
                     std::int64_t most) {
    const auto value = map.optional_int(key);
    if (!value) return fallback;
    if (*value >= least && *value <= most) return *value;
    problem(map, key, "must lie between " + std::to_string(least) + " and " + std::to_string(most));
    return fallback;
  }

  Micros duration(Map& map, std::string_view key, Micros fallback) {
    const auto value = map.optional_duration(key);
    if (!value) return fallback;
    if (*value > 0us) return *value;
    problem(map, key, "must be longer than 0s");
    return fallback;
  }

  double degrees(Map& map, std::string_view key, double most) {
    if (!map.required_node(key)) return 0;
    const auto value = map.optional_double(key);
    if (!value) return 0;
    if (*value >= -most && *value <= most) return *value;
    const auto bound = std::to_string(static_cast<int>(most));
    problem(map, key, "must lie between -" + bound + " and " + bound + " degrees");
    return 0;
  }

  void problem(const Map& map, std::string_view key, const std::string& reason) {
    problems_.add(map.mark_of(key), std::string(key) + ": " + reason);
  }

  void environment_problem(const std::string& name, const std::string& reason) {
    problems_.add(yaml::Mark{"environment", 0, 0}, name + ": " + reason);
  }

  [[nodiscard]] std::string absolute(const std::string& path) const {
    if (path.starts_with('/')) return path;
    return environment_.directory + "/" + (path.starts_with("./") ? path.substr(2) : path);
  }

  const Environment& environment_;
  yaml::Problems& problems_;
  Configuration result_;
  std::set<std::string> names_;
  bool influx_url_ = false;
};

}  // namespace

Result<Configuration> read_configuration(const std::string& file, std::string_view text,
                                         const Environment& environment) {
  WX_LET(const auto root, yaml::parse(file, text));
  yaml::Problems problems;
  auto configuration = Reader(environment, problems).read(root);
  WX_TRY(problems.status());
  return configuration;
}

}  // namespace wx::collector
