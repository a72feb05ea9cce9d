// One InfluxDB server over HTTP: requests made, answers and refusals understood. Private to this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/ports/http.hpp"

namespace wx {

using UrlParameters = std::vector<std::pair<std::string, std::string>>;

// k=v&k2=v2, percent-encoded.
std::string encode_parameters(const UrlParameters& parameters);

class InfluxServer {
 public:
  // `authorization`: the value of that header; empty: none is sent. `place`: where the secret stands, for
  // messages. `http` must outlive this object.
  InfluxServer(Http& http, std::string url, std::string authorization, std::string place);

  // POST; 2xx is an answer. Else an Error that begins with `doing` and the server: 401 and 403 `permission`,
  // 404 `not_found`, 413 `no_space`, points that are refused for good `refused`, other 4xx `failed`, 5xx and
  // 429 `unavailable`. Secrets are in none.
  Result<std::string> post(const std::string& doing, const std::string& path, const UrlParameters& parameters,
                           const std::string& content_type, std::string body) const;
  // "cannot <doing> at <url>: <why>"
  [[nodiscard]] std::string told(const std::string& doing, const std::string& why) const;
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  [[nodiscard]] std::string remedy_for_denial(long status) const;

  Http& http_;
  std::string url_;
  std::string authorization_;
  std::string place_;
};

}  // namespace wx
