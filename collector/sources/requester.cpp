#include "collector/sources/requester.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "collector/domain/masked.hpp"
#include "collector/sources/error_body.hpp"
#include "common/core/duration.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;

// A quota that is used up comes back at midnight; waiting longer than this within a run only blocks the next
// one.
constexpr Micros longest_retry_after = 60s;
// No request is started with less time than this left: it would only fail later.
constexpr Micros shortest_request = 1ms;

RequestStatus status_of(long status) {
  if (status == 429) return RequestStatus::http_429;
  if (status >= 500) return RequestStatus::http_5xx;
  if (status >= 400) return RequestStatus::http_4xx;
  if (status >= 300) return RequestStatus::http_3xx;
  return RequestStatus::ok;
}

// What went wrong with one attempt, and whether another can help.
struct Failure {
  std::string message;
  std::string remedy;
  bool worth_retrying = true;
  std::optional<Micros> retry_after = {};
};

std::string remedy_for(long status) {
  switch (status) {
    case 400:
      return "check the coordinates of the location";
    case 401:
      return "check met_office.api_key (MET_OFFICE_API_KEY): the key is wrong or has expired";
    case 403:
      return "the key belongs to another product: subscribe it to Land Observations at "
             "datahub.metoffice.gov.uk";
    case 429:
      return "the quota is used up (the free plan has 360 calls a day); the next run asks again";
    default:
      break;
  }
  if (status >= 500) return "the service is in trouble; the next run fetches the whole window again";
  return "check met_office.base_url";
}

Failure refused(const HttpResponse& response, const std::string& secret) {
  Failure failure;
  failure.message = "HTTP " + std::to_string(response.status);
  if (response.status >= 300 && response.status < 400) {
    // The target may be any host; redirects are not followed because the key would travel along.
    failure.message += ", a redirect to " + masked(printable(response.redirect_url, 200), secret);
  }
  const auto explanation = explanation_in(response.body, secret);
  if (!explanation.empty()) failure.message += " (" + explanation + ")";
  failure.remedy = remedy_for(response.status);
  failure.worth_retrying = response.status >= 500;
  if (response.retry_after_s) {
    const auto asked = std::clamp<std::int64_t>(*response.retry_after_s, 0, 10'000'000);
    failure.retry_after = std::chrono::seconds(asked);
  }
  if (response.status == 429) failure.worth_retrying = failure.retry_after.has_value();
  if (failure.retry_after && *failure.retry_after > longest_retry_after) {
    failure.worth_retrying = false;
    failure.message += ", to be asked again in " + format_duration(*failure.retry_after);
  }
  return failure;
}

}  // namespace

Requester::Requester(Surroundings surroundings, RetryPolicy policy, Telemetry& telemetry)
    : surroundings_(std::move(surroundings)),
      policy_(policy),
      telemetry_(telemetry),
      started_(surroundings_.clock.monotonic()) {}

Micros Requester::elapsed() const {
  return surroundings_.clock.monotonic() - started_;
}

void Requester::pause(Micros wait) {
  // A signal that comes between the question and the sleep would be slept through; a slice bounds that.
  constexpr Micros slice = 1s;
  while (wait > 0s && !surroundings_.interrupted()) {
    surroundings_.clock.sleep(std::min(wait, slice));
    wait -= slice;
  }
}

Result<HttpResponse> Requester::send(const HttpRequest& request) {
  auto bounded = request;
  const auto left = std::max(policy_.max_total_time - elapsed(), shortest_request);
  bounded.timeout = std::min(request.timeout, std::chrono::ceil<Millis>(left));
  const auto before = surroundings_.clock.monotonic();
  auto response = surroundings_.http.send(bounded);
  const auto seconds = std::chrono::duration<double>(surroundings_.clock.monotonic() - before).count();
  telemetry_.request_seconds.push_back(seconds);
  return response;
}

Result<Answer> Requester::get(const HttpRequest& request, const std::string& what, const std::string& secret,
                              const std::function<Status(const HttpResponse&)>& acceptable) {
  const auto interrupted = [&] { return Error{Code::interrupted, what + ": interrupted by a signal"}; };
  for (int attempt = 1;; ++attempt) {
    auto response = send(request);
    if (surroundings_.interrupted()) return interrupted();
    Failure failure;
    if (!response) {
      const bool late = response.error().code == Code::timeout;
      const bool bad_body = response.error().code == Code::invalid;
      ++telemetry_.requests[late       ? RequestStatus::timeout
                            : bad_body ? RequestStatus::malformed
                                       : RequestStatus::error];
      failure.message = masked(response.error().message, secret);
      failure.remedy = response.error().remedy;
    } else if (response->status == 200) {
      const auto judged = acceptable(*response);
      ++telemetry_.requests[judged ? RequestStatus::ok : RequestStatus::malformed];
      if (judged) return Answer{200, std::move(response->body)};
      failure.message = judged.error().message;
      failure.remedy = "check met_office.base_url and whether a proxy or a login page answers in its place";
    } else {
      ++telemetry_.requests[status_of(response->status)];
      if (response->status == 404) return Answer{404, {}};
      failure = refused(*response, secret);
    }
    const auto give_up = [&](const std::string& after) {
      return Error{Code::failed, what + ": " + failure.message + after, failure.remedy};
    };
    if (!failure.worth_retrying) return give_up("");
    const auto wait = next_wait(policy_, {attempt, elapsed(), failure.retry_after, surroundings_.random()});
    if (!wait)
      return give_up(" (given up after " + plural(static_cast<std::uint64_t>(attempt), "attempt") + ")");
    surroundings_.log.write(LogLevel::warning,
                            what + ": " + failure.message + "; next attempt in " + format_duration(*wait));
    pause(*wait);
    if (surroundings_.interrupted()) return interrupted();
  }
}

}  // namespace wx::collector
