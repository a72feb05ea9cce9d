#include "orchestrator/engine/check_result.hpp"

#include "orchestrator/engine/json_values.hpp"

namespace wx {

namespace {

using nlohmann::json;

}  // namespace

std::string_view to_string(CheckStatus status) {
  switch (status) {
    case CheckStatus::pass:
      return "pass";
    case CheckStatus::fail:
      return "fail";
    case CheckStatus::warn:
      return "warn";
    case CheckStatus::skip:
      return "skip";
    case CheckStatus::na:
      return "na";
  }
  return "skip";
}

void conclude_pass(CheckResult& result, std::string message) {
  result.status = CheckStatus::pass;
  result.message = std::move(message);
}

void conclude_fail(CheckResult& result, std::string message, std::string remedy) {
  result.status = CheckStatus::fail;
  result.message = std::move(message);
  result.remedy = std::move(remedy);
}

void conclude_skip(CheckResult& result, const Error& error) {
  result.status = CheckStatus::skip;
  result.cause = error.code;
  result.message = error.message;
  result.remedy = error.remedy;
}

void conclude_na(CheckResult& result, std::string why) {
  result.status = CheckStatus::na;
  result.message = std::move(why);
}

int exit_of(const std::vector<CheckResult>& checks, bool strict) {
  bool undecided = false;
  for (const auto& check : checks) {
    if (check.status == CheckStatus::fail || (strict && check.status == CheckStatus::warn)) return 1;
    undecided = undecided || (check.required && check.status == CheckStatus::skip);
  }
  return undecided ? 3 : 0;
}

std::string checks_json(const std::vector<CheckResult>& checks, bool passed) {
  json list = json::array();
  for (const auto& check : checks)
    list.push_back({{"id", check.id},
                    {"title", check.title},
                    {"status", to_string(check.status)},
                    {"required", check.required},
                    {"observed", text_or_null(check.observed)},
                    {"threshold", text_or_null(check.threshold)},
                    {"unit", text_or_null(check.unit)},
                    {"message", check.message},
                    {"remedy", text_or_null(check.remedy)}});
  return dump(json{{"passed", passed}, {"checks", list}});
}

}  // namespace wx
