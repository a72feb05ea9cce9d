// Small worlds for the collector's tests: a clock that is told the time, servers and stores with memory.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collector/sources/met_office.hpp"
#include "collector/sources/source.hpp"
#include "common/ports/bucket_store.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/http.hpp"
#include "common/ports/log.hpp"

namespace wx::collector::testing {

inline WallTime noon() {
  return WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + std::chrono::hours(12));
}

class FakeClock final : public Clock {
 public:
  WallTime now() override { return noon() + passed; }
  Micros monotonic() override { return passed; }
  void sleep(Micros duration) override { passed += duration; }
  Micros passed{};
};

class FakeLog final : public Log {
 public:
  void write(LogLevel, const std::string& message,
             const std::vector<std::pair<std::string, std::string>>& fields) override {
    text += message + "\n";
    for (const auto& [name, value] : fields) text += name + "=" + value + "\n";
  }
  std::string text;
};

// Answers in the order they were given; the last one for ever.
class FakeHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest& request) override {
    requests.push_back(request);
    if (answers.empty()) return Error{Code::unavailable, "no answer prepared"};
    auto answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }
  void answer(long status, std::string body, std::optional<std::int64_t> retry_after = {}) {
    HttpResponse response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(body);
    response.retry_after_s = retry_after;
    answers.emplace_back(std::move(response));
  }
  std::deque<Result<HttpResponse>> answers;
  std::vector<HttpRequest> requests;
};

inline Harvest observed(const std::string& place, std::vector<RawRecord> records) {
  return {{place, 1, 2}, land_observations(), std::move(records)};
}

class FakeSource final : public Source {
 public:
  Yield fetch() override {
    if (!result) return {{}, {result.error()}};
    return {*result, errors};
  }
  Result<std::vector<Harvest>> result = std::vector<Harvest>{};
  std::vector<Error> errors;
};

}  // namespace wx::collector::testing
