#include "orchestrator/domain/store_spec.hpp"

#include <cmath>
#include <optional>

namespace wx {

namespace {

using yaml::Kind;
using yaml::Map;
using yaml::Node;
using yaml::Problems;

// What `active` and `candidate` may override, and where what they do not comes from.
BucketSpec parse_bucket(Map& store, const std::string& key, const BucketSpec& common, Problems& problems) {
  BucketSpec out = common;
  const auto node = store.required_node(key);
  if (!node) return out;
  if (node->kind() == Kind::scalar) {
    out.bucket = node->scalar();
    if (out.bucket.empty()) problems.add(node->mark(), "store." + key + " needs the name of a bucket");
  } else {
    Map map(*node, "store." + key, problems);
    out.bucket = map.required_string("bucket");
    out.url = map.optional_string("url").value_or(common.url);
    out.org = map.optional_string("org").value_or(common.org);
    out.token_file = map.optional_string("token_file").value_or(common.token_file);
    map.finish();
  }
  return out;
}

double parse_bound(Map& map, const std::string& key, double fallback, Problems& problems) {
  const double value = map.optional_double(key).value_or(fallback);
  if (!std::isfinite(value) || value < 0)
    problems.add(map.mark_of(key), "store.tolerance." + key + " must be a number from 0 on");
  return value;
}

bool is_http_url(const std::string& url) {
  return (url.starts_with("http://") && url.size() > 7) || (url.starts_with("https://") && url.size() > 8);
}

void check_server(const Map& map, const StoreSpec& store, const BucketSpec& bucket, const std::string& key,
                  Problems& problems) {
  const auto mark = map.mark_of(map.has(key) ? key : "kind");
  if (!is_http_url(bucket.url)) {
    problems.add(bucket.url.empty() ? mark : map.mark_of(map.has("url") ? "url" : key),
                 bucket.url.empty() ? "store." + key + " needs a url, such as url: http://127.0.0.1:8086"
                                    : "url must begin with http:// or https://, not \"" + bucket.url + "\"");
  } else if (bucket.url.find_first_of("?#@") != std::string::npos) {
    problems.add(mark, "url takes no user, query or fragment: give what proves who you are in token_file");
  }
  if (store.kind == "influxdb2" && bucket.org.empty())
    problems.add(mark, "store." + key + " needs an org, such as org: home");
}

void check_kind(const Map& map, const StoreSpec& store, Problems& problems) {
  const auto refuse = [&](const std::string& key, const std::string& for_whom) {
    if (map.has(key)) problems.add(map.mark_of(key), "store." + key + " is for " + for_whom);
  };
  if (store.kind == "sqlite") {
    if (store.path.empty()) problems.add(map.mark_of("kind"), "store needs a path, such as path: points.db");
    for (const char* key : {"url", "org", "token_file", "database"})
      refuse(key, "kind: influxdb1 or influxdb2");
    for (const auto* bucket : {&store.active, &store.candidate})
      if (!map.has("url") && !bucket->url.empty())
        problems.add(map.mark_of("kind"), "a store of kind sqlite has one path for both buckets, and no url");
    return;
  }
  refuse("path", "kind: sqlite");
  if (store.kind == "influxdb2") refuse("database", "kind: influxdb1; influxdb2 has buckets");
  if (store.kind == "influxdb1") refuse("org", "kind: influxdb2");
  check_server(map, store, store.active, "active", problems);
  check_server(map, store, store.candidate, "candidate", problems);
}

}  // namespace

StoreSpec parse_store(const Node& node, Problems& problems) {
  StoreSpec store;
  Map map(node, "store", problems);
  store.kind = map.optional_choice("kind", {"sqlite", "influxdb1", "influxdb2"}).value_or("sqlite");
  store.path = map.optional_string("path").value_or("");
  store.unit = map.optional_string("unit").value_or("");
  const auto database = map.optional_string("database");
  store.measurement = map.optional_string("measurement").value_or("");
  BucketSpec common;
  common.url = map.optional_string("url").value_or("");
  common.org = map.optional_string("org").value_or("");
  common.token_file = map.optional_string("token_file").value_or("");
  store.active = parse_bucket(map, "active", common, problems);
  store.candidate = parse_bucket(map, "candidate", common, problems);
  store.reach = map.optional_duration("reach").value_or(Micros::zero());
  if (auto tolerance = map.optional_node("tolerance")) {
    Map inner(*tolerance, "store.tolerance", problems);
    store.tolerance.abs = parse_bound(inner, "abs", store.tolerance.abs, problems);
    store.tolerance.rel = parse_bound(inner, "rel", store.tolerance.rel, problems);
    inner.finish();
  }
  check_kind(map, store, problems);
  if (store.kind == "influxdb1" && database && *database != store.active.bucket)
    problems.add(map.mark_of("database"), "on influxdb1 a bucket is a database: active says \"" +
                                              store.active.bucket + "\", database \"" + *database + "\"");
  const auto place = [](const BucketSpec& bucket) {
    return bucket.url + "\n" + bucket.org + "\n" + bucket.bucket;
  };
  if (!store.active.bucket.empty() && place(store.active) == place(store.candidate))
    problems.add(map.mark_of("candidate"), "store.active and store.candidate must be two different buckets");
  map.finish();
  return store;
}

}  // namespace wx
