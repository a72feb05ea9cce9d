// A server on a free loopback port that answers its n-th connection with the n-th text and closes it.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace wx {

class ScriptedServer {
 public:
  // Stands for: read the request and never answer.
  static constexpr const char* silence = "(silence)";

  explicit ScriptedServer(std::vector<std::string> answers);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::string url() const;  // without a slash at the end
  [[nodiscard]] std::size_t requests() const;
  // Head and body of the n-th request; empty when there was none.
  [[nodiscard]] std::string request(std::size_t index) const;

 private:
  void serve();
  void hold(int connection);

  std::vector<std::string> answers_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_
  int connection_ = -1;                // guarded by mutex_
  std::thread thread_;
};

}  // namespace wx
