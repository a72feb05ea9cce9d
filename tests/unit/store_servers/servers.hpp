// An InfluxDB 1.x from the distribution, and the stand-in for 2.x.
#pragma once

#include <memory>
#include <string>

#include "common/ports/http.hpp"
#include "tests/testkit/server_process.hpp"
#include "tests/testkit/temp_directory.hpp"

namespace wx {

class InfluxServerProcess {
 public:
  static InfluxServerProcess v1(bool with_users = false);
  static InfluxServerProcess v2();

  [[nodiscard]] const std::string& url() const { return url_; }
  // Why it does not run; empty when it does.
  [[nodiscard]] const std::string& missing() const { return missing_; }
  Http& http() { return *http_; }
  // POST a form (1.x) or JSON (2.x); the answer, or the reason against it.
  std::string post(const std::string& path, const std::string& body);
  std::string query(const std::string& influxql);  // 1.x
  void kill() { process_->kill(); }

 private:
  InfluxServerProcess();
  void await_ping();
  std::unique_ptr<testkit::TempDirectory> directory_ = std::make_unique<testkit::TempDirectory>();
  std::unique_ptr<testkit::ServerProcess> process_;
  std::unique_ptr<Http> http_;
  std::string url_;
  std::string missing_;
};

}  // namespace wx
