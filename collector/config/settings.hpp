// The collector's settings, checked and complete. Plain values: whoever holds them need not know YAML.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/domain/breaker.hpp"
#include "collector/domain/location.hpp"
#include "collector/domain/quota.hpp"
#include "collector/domain/retry.hpp"
#include "common/ports/bucket_store.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/log.hpp"

namespace wx::collector {

struct SourceSettings {
  std::string name;                 // of its block in the configuration
  std::string api_key;              // secret; empty where none is needed
  std::string base_url;             // without a slash at the end; empty where no server is asked
  std::vector<Location> locations;  // at least one, names are distinct
  bool single_location = false;     // from `location`, which a list replaces
  Micros timeout{30'000'000};       // of one request
  RetryPolicy retry;
  std::uint64_t max_response_bytes = 50ull << 20;
  QuotaPolicy quota;
};

class Source;
struct SourceTools;
using MakeSource = std::function<std::unique_ptr<Source>(const SourceSettings&, const SourceTools&)>;

struct ConfiguredSource {
  SourceSettings settings;
  MakeSource make;
};

struct SpoolSettings {
  std::string directory;  // absolute
  std::uint64_t max_bytes = 100ull << 20;
  Micros max_age = std::chrono::hours(30 * 24);
};

struct Settings {
  std::vector<ConfiguredSource> sources;  // at least one
  StoreAddress store;       // paths absolute, token_file empty when the token stands in the configuration
  std::string store_token;  // secret
  // Of servers; a predecessor's defaults.
  RetryPolicy store_retry{3, Micros(2'000'000), Micros(8'000'000), Micros(15'000'000), 0};
  Micros store_timeout{60'000'000};  // of one request
  BreakerPolicy breaker;
  std::string bucket;
  std::string cache_file;       // absolute; what the predecessor kept is taken over from there
  std::string cache_directory;  // absolute, of that file
  std::string quota_directory;  // absolute
  SpoolSettings spool;
  std::string metrics_file;  // absolute; empty: no metrics
  bool validate_ranges = true;
  LogLevel log_level = LogLevel::info;
};

}  // namespace wx::collector
