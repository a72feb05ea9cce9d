// A server of a test's own on loopback, ended with the test.
#pragma once

#include <string>
#include <vector>

#include "common/core/result.hpp"

namespace wx::testkit {

class ServerProcess {
 public:
  // Start it; its stdout and stderr go to a file. `unavailable` when the program is not there.
  static Result<ServerProcess> start(const std::vector<std::string>& argv, const std::string& output);
  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  // Wait until its output has this text, and return the rest of that line; empty when it ended or took too
  // long.
  [[nodiscard]] std::string await_output(const std::string& text) const;
  [[nodiscard]] bool alive() const;
  // Kill it now.
  void kill();

 private:
  ServerProcess(int pid, std::string output) : pid_(pid), output_(std::move(output)) {}
  int pid_;
  std::string output_;
};

// A port of loopback that nobody listened on a moment ago.
int free_port();

}  // namespace wx::testkit
