// Running another program: argv only, never a shell.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx {

struct ProcessRequest {
  std::vector<std::string> argv;
  std::string directory;                                         // empty: the caller's
  std::vector<std::pair<std::string, std::string>> environment;  // the whole environment
  std::string input;
  Micros timeout{60'000'000};
  std::size_t max_output_bytes = 64UL * 1024;  // the last ones are kept
};

struct ProcessOutcome {
  int exit_status = 0;     // valid when signal is 0
  int signal = 0;
  bool timed_out = false;  // it was killed by us
  std::string output;      // stdout and stderr in the order they came
  Micros duration{};
};

class Process {
 public:
  virtual ~Process() = default;
  // not_found when argv[0] does not exist, permission when it cannot be executed.
  virtual Result<ProcessOutcome> run(const ProcessRequest& request) = 0;
};

}  // namespace wx
