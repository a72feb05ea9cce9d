// One HTTP exchange. Redirects are never followed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx {

struct HttpRequest {
  std::string url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;  // may hold secrets: never logged
  std::string body;
  Millis connect_timeout{10'000};
  Millis timeout{30'000};
  std::uint64_t max_body_bytes = 50ull << 20;  // decompressed, counted while they arrive
};

struct HttpResponse {
  long status = 0;
  std::string content_type;
  std::string body;
  std::optional<std::int64_t> retry_after_s;  // as announced, unclamped below zero
  std::optional<std::int64_t> date_s;         // the server's clock (Date), seconds since 1970
  std::string redirect_url;                   // where a 3xx pointed, not followed
  Millis duration{};
};

class Http {
 public:
  virtual ~Http() = default;
  // Any status is a response; `unavailable` when there was none, `timeout` when it took too long,
  // `invalid` when the body is too large or cut short.
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
};

}  // namespace wx
