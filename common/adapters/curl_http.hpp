// Http by libcurl: TLS verified, no redirects, body limited while it arrives, no proxy for loopback. One
// thread per object; connections are kept alive between calls.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/ports/http.hpp"

namespace wx {

// The program must ignore SIGPIPE: libcurl leaves signals alone, and TLS writes to a connection that may have
// gone.
// `interrupted` is asked about once a second and after each signal; true ends the exchange with
// `interrupted`.
std::unique_ptr<Http> make_curl_http(const std::string& user_agent, std::function<bool()> interrupted = {});

}  // namespace wx
