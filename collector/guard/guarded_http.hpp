// HTTP to stores with patience: what fails in passing is tried again within a budget of time, and a server
// that goes on failing, or says itself that it is busy, is left alone for a while by all processes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "collector/domain/breaker.hpp"
#include "collector/domain/retry.hpp"
#include "collector/guard/breaker_file.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"
#include "common/ports/http.hpp"
#include "common/ports/log.hpp"

namespace wx::collector {

struct GuardPolicy {
  RetryPolicy retry;  // max_total_time: of failed requests and waits of one run
  BreakerPolicy breaker;
  Millis timeout{60'000};  // of one request at most
  // A person asks: a server is tried even when it was given up, though not when it asked for rest.
  bool by_hand = false;
};

// All outlive the guard.
struct GuardTools {
  Http& http;
  FileSystem& files;
  Clock& clock;
  Log& log;
  std::function<double()> random;     // [0, 1)
  std::function<bool()> interrupted;  // a signal asked the program to end
};

class GuardedHttp final : public Http {
 public:
  // `directory`: where the states of servers are kept.
  GuardedHttp(GuardTools tools, GuardPolicy policy, std::string directory);

  // `unavailable` too when the server is left alone.
  Result<HttpResponse> send(const HttpRequest& request) override;
  // Of the server of a URL.
  ServerState look_at(const std::string& url);

 private:
  Status admit(BreakerFile& file, const std::string& server, std::unique_ptr<FileLock>& probe);
  void succeeded(BreakerFile& file);
  Breaker failed(BreakerFile& file, std::optional<Micros> retry_after);
  void pause(Micros wait);

  GuardTools tools_;
  GuardPolicy policy_;
  std::string directory_;
  Micros spent_{};  // on requests that failed and waits
  std::uint64_t retries_ = 0;
};

}  // namespace wx::collector
