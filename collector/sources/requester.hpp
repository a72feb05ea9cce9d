// One resource of the Met Office, asked for until there is an answer, a refusal, or no time left.
#pragma once

#include <functional>
#include <string>

#include "collector/domain/retry.hpp"
#include "collector/domain/telemetry.hpp"
#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/http.hpp"
#include "common/ports/log.hpp"

namespace wx::collector {

// What a run needs from its surroundings to ask a server; all outlive the requester.
struct Surroundings {
  Http& http;
  Clock& clock;
  Log& log;
  std::function<double()> random;     // [0, 1)
  std::function<bool()> interrupted;  // a signal asked the program to end
};

struct Answer {
  long status = 0;  // 200, or a 4xx that the caller may want to handle
  std::string body;
};

class Requester {
 public:
  // The total time of the policy runs from here on.
  Requester(Surroundings surroundings, RetryPolicy policy, Telemetry& telemetry);

  // `acceptable` judges the body of a 200: an answer cut short or of another kind is asked for again like a
  // 5xx. 404 is an answer; other 4xx, 429 without a short Retry-After and whatever outlives the policy are
  // `failed`. `what` names the resource in messages; `secret` is blotted out of what the server said.
  Result<Answer> get(const HttpRequest& request, const std::string& what, const std::string& secret,
                     const std::function<Status(const HttpResponse&)>& acceptable);

 private:
  Result<HttpResponse> send(const HttpRequest& request);
  void pause(Micros wait);
  [[nodiscard]] Micros elapsed() const;

  Surroundings surroundings_;
  RetryPolicy policy_;
  Telemetry& telemetry_;
  Micros started_;
};

}  // namespace wx::collector
