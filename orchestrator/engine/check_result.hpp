// What a check found, in the words of validate, preflight and gates.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"

namespace wx {

enum class CheckStatus {
  pass,
  fail,
  warn,
  skip /* should have been made and could not */,
  na /* does not apply */
};

std::string_view to_string(CheckStatus status);

struct CheckResult {
  std::string id;
  std::string title;
  CheckStatus status = CheckStatus::na;
  bool required = true;
  std::string observed;   // a figure or a word
  std::string threshold;  // what it is held against
  std::string unit;       // of both: ms, bytes, …
  std::string message;    // one sentence
  std::string remedy;     // what to do; empty when nothing is wrong
  std::string tail;       // last output lines of a program that failed
  std::optional<Code> cause;  // of a skip: why it could not be made
};

void conclude_pass(CheckResult& result, std::string message);
void conclude_fail(CheckResult& result, std::string message, std::string remedy);
// It could not be made because of `error`.
void conclude_skip(CheckResult& result, const Error& error);
void conclude_na(CheckResult& result, std::string why);

// Exit status of a list of checks as the contract says: any fail 1, else a required skip 3, else 0; strict
// makes a warn 1.
int exit_of(const std::vector<CheckResult>& checks, bool strict);
// JSON by the contract: {"passed": …, "checks": […]}.
std::string checks_json(const std::vector<CheckResult>& checks, bool passed);

}  // namespace wx
