#include "collector/sources/requester.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "collector/domain/masked.hpp"
#include "collector/sources/error_body.hpp"
#include "common/core/duration.hpp"
#include "common/core/instant.hpp"
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

// Open-Meteo names no time but in words; a day is what is meant without them.
std::optional<std::int64_t> seconds_in(std::string_view explanation) {
  if (explanation.find("one minute") != std::string_view::npos) return 60;
  if (explanation.find("next hour") != std::string_view::npos) return 3600;
  if (explanation.find("concurrent") != std::string_view::npos) return 5;
  return std::nullopt;
}

}  // namespace

// What went wrong with one attempt, and whether another can help.
struct Requester::Failure {
  std::string message;
  std::string remedy;
  bool worth_retrying = true;
  std::optional<Micros> retry_after = {};
  bool for_all = false;  // other resources would be refused alike
};

std::string Requester::remedy_for(long status) const {
  switch (status) {
    case 400:
      return "check the coordinates of the location";
    case 401:
      return service_.wrong_key;
    case 403:
      return service_.no_access;
    case 429:
      return "the quota is used up; a run after that time asks again";
    default:
      break;
  }
  if (status >= 500) return "the service is in trouble; the next run fetches the whole window again";
  return "check " + service_.block + ".base_url";
}

Requester::Failure Requester::refused(const HttpResponse& response) {
  const auto& secret = settings_.api_key;
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
  failure.for_all = response.status == 401 || response.status == 403 || response.status == 429;
  if (response.retry_after_s) {
    const auto asked = std::clamp<std::int64_t>(*response.retry_after_s, 0, 10'000'000);
    failure.retry_after = std::chrono::seconds(asked);
  }
  if (response.status == 429) {
    const auto& surroundings = tools_.surroundings;
    failure.worth_retrying = true;
    failure.retry_after =
        rest_after(response.retry_after_s ? response.retry_after_s : seconds_in(explanation),
                   surroundings.clock.now(), surroundings.random());
    rest(*failure.retry_after);
  }
  if (failure.retry_after && *failure.retry_after > longest_retry_after) {
    failure.worth_retrying = false;
    failure.message += ", to be asked again in " +
                       format_duration(std::chrono::ceil<std::chrono::seconds>(*failure.retry_after));
  }
  return failure;
}

Requester::Requester(const SourceTools& tools, const SourceSettings& settings, Service service)
    : tools_(tools),
      settings_(settings),
      service_(std::move(service)),
      policy_(settings.retry),
      quota_(tools.files, tools.quota_directory, quota_owner(settings), tools.read_only),
      started_(tools.surroundings.clock.monotonic()) {
  if (tools.once) policy_.max_attempts = 1;
}

Status Requester::admit(const std::string& told) {
  const auto now = tools_.surroundings.clock.now();
  std::optional<Error> objection;
  const auto taken = quota_.update([&](const QuotaUse& use) {
    if (is_resting(use, now)) {
      objection =
          Error{Code::failed,
                told + ": not asked; the service wants to be left alone until " + format_instant(use.until()),
                "a run after that asks again"};
    } else if (!is_left(use, settings_.quota, tools_.live, now)) {
      const auto& [limit, reserved] = settings_.quota;
      const bool kept = !tools_.live && calls_today(use, now) < limit;
      objection =
          Error{Code::failed,
                told + ": not asked; the " + std::to_string(limit) + " calls of this UTC day are used up" +
                    (kept ? " but for the " + std::to_string(reserved) + " kept for runs that write" : ""),
                "wait for midnight UTC, or raise " + service_.block +
                    ".calls_per_day if the plan of the key has more"};
    }
    return objection ? use : after_call(use, now);
  });
  if (objection) {
    hopeless_ = true;
    return *std::move(objection);
  }
  if (!taken)
    tools_.surroundings.log.write(LogLevel::debug, "the quota cannot be counted: " + taken.error().message);
  return {};
}

void Requester::rest(Micros time) {
  const auto now = tools_.surroundings.clock.now();
  const auto kept = quota_.update([&](const QuotaUse& use) {
    auto after = use;
    if (is_resting(use, now) && use.until() > now + time) return after;
    after.since = now;
    after.rest = time;
    return after;
  });
  if (!kept)
    tools_.surroundings.log.write(
        LogLevel::warning, "that the service wants to be left alone cannot be kept: " + kept.error().message);
}

Micros Requester::elapsed() const {
  return tools_.surroundings.clock.monotonic() - started_;
}

void Requester::pause(Micros wait) {
  // A signal that comes between the question and the sleep would be slept through; a slice bounds that.
  constexpr Micros slice = 1s;
  while (wait > 0s && !tools_.surroundings.interrupted()) {
    tools_.surroundings.clock.sleep(std::min(wait, slice));
    wait -= slice;
  }
}

Result<HttpResponse> Requester::send(const HttpRequest& request) {
  auto bounded = request;
  const auto left = std::max(policy_.max_total_time - elapsed(), shortest_request);
  bounded.timeout = std::min(request.timeout, std::chrono::ceil<Millis>(left));
  const auto before = tools_.surroundings.clock.monotonic();
  auto response = tools_.surroundings.http.send(bounded);
  const auto seconds = std::chrono::duration<double>(tools_.surroundings.clock.monotonic() - before).count();
  tools_.telemetry.request_seconds.push_back(seconds);
  return response;
}

HttpRequest Requester::request_for(const std::string& url) const {
  HttpRequest request;
  request.url = url;
  request.headers = {{"Accept", "application/json"}};
  if (!settings_.api_key.empty()) request.headers.emplace_back("apikey", settings_.api_key);
  request.timeout = std::chrono::ceil<Millis>(settings_.timeout);
  request.max_body_bytes = settings_.max_response_bytes;
  return request;
}

Requester::Failure Requester::failure_of(const Error& error) {
  const bool late = error.code == Code::timeout;
  const bool bad_body = error.code == Code::invalid;
  ++tools_.telemetry.requests[late       ? RequestStatus::timeout
                              : bad_body ? RequestStatus::malformed
                                         : RequestStatus::error];
  return {masked(error.message, settings_.api_key), error.remedy};
}

Result<Answer> Requester::get(const std::string& url, const std::string& what,
                              const std::function<Status(const std::string& body)>& acceptable) {
  auto& telemetry = tools_.telemetry;
  const auto& surroundings = tools_.surroundings;
  const auto told = service_.name + ": " + what;
  const auto interrupted = [&] {
    hopeless_ = true;
    return Error{Code::interrupted, told + ": interrupted by a signal"};
  };
  const auto request = request_for(url);
  for (int attempt = 1;; ++attempt) {
    WX_TRY(admit(told));
    auto response = send(request);
    if (surroundings.interrupted()) return interrupted();
    Failure failure;
    if (!response) {
      failure = failure_of(response.error());
    } else if (response->status == 200) {
      const auto judged = acceptable(response->body);
      ++telemetry.requests[judged ? RequestStatus::ok : RequestStatus::malformed];
      if (judged) return Answer{200, std::move(response->body)};
      const auto type =
          response->content_type.empty() ? "no content type" : printable(response->content_type, 80);
      failure.message = "the answer is unusable: " + judged.error().message + " (" + type + ", " +
                        plural(response->body.size(), "byte") + ")";
      failure.remedy =
          "check " + service_.block + ".base_url and whether a proxy or a login page answers in its place";
    } else {
      ++telemetry.requests[status_of(response->status)];
      if (response->status == 404) return Answer{404, {}};
      failure = refused(*response);
    }
    const auto give_up = [&](const std::string& after) {
      hopeless_ = failure.for_all;
      return Error{Code::failed, told + ": " + failure.message + after, failure.remedy};
    };
    if (!failure.worth_retrying) return give_up("");
    const auto wait = next_wait(policy_, {attempt, elapsed(), failure.retry_after, surroundings.random()});
    if (!wait)
      return give_up(" (given up after " + plural(static_cast<std::uint64_t>(attempt), "attempt") + ")");
    surroundings.log.write(LogLevel::warning,
                           told + ": " + failure.message + "; next attempt in " + format_duration(*wait));
    pause(*wait);
    if (surroundings.interrupted()) return interrupted();
  }
}

}  // namespace wx::collector
