// What one run counted about its contacts with the outside; the keys are closed sets, they become label
// values.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace wx::collector {

enum class RequestStatus { ok, http_3xx, http_4xx, http_429, http_5xx, malformed, timeout, error };
enum class CacheOperation { hit, miss, write, error };
enum class StoreStatus { ok, error };

struct Telemetry {
  std::map<RequestStatus, std::uint64_t> requests;
  std::vector<double> request_seconds;
  std::map<CacheOperation, std::uint64_t> cache;
  std::map<StoreStatus, std::uint64_t> store;
};

}  // namespace wx::collector
