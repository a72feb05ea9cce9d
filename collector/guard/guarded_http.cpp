#include "collector/guard/guarded_http.hpp"

#include <algorithm>
#include <utility>

#include "common/core/duration.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "common/store/influx_bucket.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;

// Scheme, host and port: what fails together.
std::string server_of(const std::string& url) {
  const auto host = url.find("://");
  return url.substr(0, url.find_first_of("/?", host == std::string::npos ? 0 : host + 3));
}

// What is wrong that may be right by itself later.
struct Trouble {
  std::string what;
  std::optional<Micros> retry_after = {};
};

std::optional<Trouble> trouble_in(const Result<HttpResponse>& response) {
  if (!response) {
    const auto code = response.error().code;
    if (code != Code::unavailable && code != Code::timeout) return std::nullopt;
    return Trouble{response.error().message};
  }
  if (!heals_by_waiting(*response)) return std::nullopt;
  Trouble trouble{"the server answered " + std::to_string(response->status)};
  if (response->retry_after_s)
    trouble.retry_after =
        std::chrono::seconds(std::clamp<std::int64_t>(*response->retry_after_s, 0, 1 << 30));
  return trouble;
}

}  // namespace

GuardedHttp::GuardedHttp(GuardTools tools, GuardPolicy policy, std::string directory)
    : tools_(std::move(tools)), policy_(policy), directory_(std::move(directory)) {}

Status GuardedHttp::admit(BreakerFile& file, const std::string& server, std::unique_ptr<FileLock>& probe) {
  const auto breaker = file.load();
  auto state = state_of(breaker, tools_.clock.now());
  if (state == BreakerState::open && policy_.by_hand && !breaker.asked) state = BreakerState::half_open;
  if (state == BreakerState::open) {
    const auto until = " left alone until " + format_instant(breaker.until());
    if (breaker.asked)
      return Error{Code::unavailable, server + " asked to be" + until, "a run after that writes what waits"};
    return Error{Code::unavailable,
                 server + " failed " + plural(static_cast<std::uint64_t>(breaker.failures), "time") +
                     " and is" + until,
                 "see what is wrong with it; `weather-collector spool drain` tries it at once"};
  }
  if (state == BreakerState::closed) return {};
  auto lock = file.lock_probe();
  if (!lock && lock.error().code == Code::busy)
    return Error{Code::unavailable, server + " failed, and another process tries whether it answers again"};
  if (lock) probe = std::move(lock).value();
  return {};
}

void GuardedHttp::succeeded(BreakerFile& file) {
  if (file.load() == Breaker{}) return;
  static_cast<void>(file.update([](const Breaker&) { return Breaker{}; }));
}

Breaker GuardedHttp::failed(BreakerFile& file, std::optional<Micros> retry_after) {
  const auto change = [&](const Breaker& before) {
    return after_failure(before, policy_.breaker, tools_.clock.now(), retry_after);
  };
  auto after = file.update(change);
  if (after) return std::move(after).value();
  // What cannot be remembered still counts for this run.
  tools_.log.write(LogLevel::debug, "the state of a store cannot be kept: " + after.error().message);
  return change({});
}

void GuardedHttp::pause(Micros wait) {
  // A signal that comes between the question and the sleep would be slept through; a slice bounds that.
  constexpr Micros slice = 1s;
  for (auto left = wait; left > 0s && !tools_.interrupted(); left -= slice)
    tools_.clock.sleep(std::min(left, slice));
}

Result<HttpResponse> GuardedHttp::send(const HttpRequest& request) {
  const auto server = server_of(request.url);
  BreakerFile file(tools_.files, directory_, server);
  auto bounded = request;
  bounded.timeout = std::min(request.timeout, policy_.timeout);
  for (int attempt = 1;; ++attempt) {
    std::unique_ptr<FileLock> probe;
    WX_TRY(admit(file, server, probe));
    const auto began = tools_.clock.monotonic();
    auto response = tools_.http.send(bounded);
    if (tools_.interrupted() && !response) return response;
    const auto trouble = trouble_in(response);
    if (!trouble) {
      if (response) succeeded(file);
      return response;
    }
    spent_ += tools_.clock.monotonic() - began;
    const auto breaker = failed(file, trouble->retry_after);
    const bool given_up = breaker.rest > 0s && !breaker.asked;
    const auto wait =
        next_jittered_wait(policy_.retry, {attempt, spent_, trouble->retry_after, tools_.random()});
    if (given_up || !wait) return response;
    tools_.log.write(LogLevel::warning, server + ": " + trouble->what + "; next attempt in " +
                                            format_duration(std::chrono::ceil<Millis>(*wait)));
    probe.reset();
    pause(*wait);
    if (tools_.interrupted()) return response;
    spent_ += *wait;
    ++retries_;
  }
}

ServerState GuardedHttp::look_at(const std::string& url) {
  const auto breaker = BreakerFile(tools_.files, directory_, server_of(url)).load();
  return {state_of(breaker, tools_.clock.now()), breaker, retries_};
}

}  // namespace wx::collector
