// What the next start of an instance is for (orchestrator/FORMATS.md, tickets/). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/result.hpp"

namespace wx {

struct CheckOrder {
  std::string id;
  std::vector<std::string> argv;
  std::string cwd;
  std::vector<std::pair<std::string, std::string>> env;
  std::int64_t timeout_ms = 60'000;
  std::string output;
};

struct Ticket {
  std::string run;
  std::uint64_t generation = 0;
  std::string slot;  // blue, green
  std::int64_t pid = 0;
  std::uint64_t pid_start = 0;
  std::int64_t at_monotonic_us = 0;
  std::optional<CheckOrder> check;
};

struct CheckOutcome {
  int exit_status = 0;
  int signal = 0;
  bool timed_out = false;
  std::int64_t duration_ms = 0;
  std::int64_t memory_peak_bytes = 0;
  std::int64_t cpu_ms = 0;
  std::string error;  // empty when the program ran
  std::string tail;
};

Result<Ticket> parse_ticket(std::string_view json);
std::string render_ticket(const Ticket& ticket);
Result<CheckOutcome> parse_check_outcome(std::string_view json);
std::string render_check_outcome(const CheckOutcome& outcome);

}  // namespace wx
