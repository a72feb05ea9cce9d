#include "collector/stores.hpp"

#include "common/store/influx_bucket.hpp"
#include "common/store/sqlite_bucket.hpp"

namespace wx::collector {
namespace {

Result<InfluxToken> token_for(FileSystem& files, const Settings& settings, const Sink& sink) {
  if (sink.store != sink_of(settings).store) return InfluxToken{};
  const auto& file = settings.store.token_file;
  if (file.empty()) return InfluxToken{settings.store_token, "influxdb.token of the configuration"};
  WX_LET(auto secret, read_token_file(files, file));
  return InfluxToken{std::move(secret), "the token in " + file};
}

}  // namespace

Sink sink_of(const Settings& settings) {
  auto store = settings.store;
  store.token_file.clear();
  return {std::move(store), settings.bucket};
}

OpenStore make_open_store(FileSystem& files, Http& http, const Settings& settings) {
  return [&files, &http, &settings](const Sink& sink) -> Result<std::unique_ptr<BucketStore>> {
    const auto& store = sink.store;
    if (store.kind == "sqlite") return open_sqlite_bucket(store.path);
    WX_LET(const auto token, token_for(files, settings, sink));
    if (store.kind == "influxdb1") return open_influx1_bucket(http, store.url, token);
    if (store.kind == "influxdb2") return open_influx2_bucket(http, store.url, store.org, token);
    return Error{Code::invalid, "this version cannot write to a store of kind " + store.kind};
  };
}

}  // namespace wx::collector
