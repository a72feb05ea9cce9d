#include "tests/unit/store_servers/servers.hpp"

#include <fstream>
#include <thread>

#include "common/adapters/curl_http.hpp"

namespace wx {

InfluxServerProcess::InfluxServerProcess() : http_(make_curl_http("tests")) {}

InfluxServerProcess InfluxServerProcess::v1(bool with_users) {
  InfluxServerProcess server;
  const std::string port = std::to_string(testkit::free_port());
  const auto& directory = *server.directory_;
  server.url_ = "http://127.0.0.1:" + port;
  std::ofstream(directory / "influxdb.conf")
      << "reporting-disabled = true\nbind-address = \"127.0.0.1:0\"\n[meta]\ndir = \"" << directory / "meta"
      << "\"\n[data]\ndir = \"" << directory / "data"
      << "\"\nwal-dir = \"" << directory / "wal"
      << "\"\nquery-log-enabled = false\n[monitor]\nstore-enabled = false\n[http]\nbind-address = "
         "\"127.0.0.1:"
      << port << "\"\nlog-enabled = false\nauth-enabled = " << (with_users ? "true" : "false")
      << "\n[continuous_queries]\nenabled = false\n[logging]\nlevel = \"error\"\nsuppress-logo = true\n";
  auto process = testkit::ServerProcess::start({"influxd", "run", "-config", directory / "influxdb.conf"},
                                               directory / "log");
  if (!process) {
    server.missing_ = process.error().message + ": install the distribution's influxdb (.ci/packages)";
    return server;
  }
  server.process_ = std::make_unique<testkit::ServerProcess>(std::move(process).value());
  server.await_ping();
  return server;
}

InfluxServerProcess InfluxServerProcess::v2() {
  InfluxServerProcess server;
  auto process = testkit::ServerProcess::start(
      {WX_PYTHON, WX_INFLUX2, "--bucket", "main", "--bucket", "other"}, *server.directory_ / "log");
  if (!process) {
    server.missing_ = process.error().message;
    return server;
  }
  server.process_ = std::make_unique<testkit::ServerProcess>(std::move(process).value());
  server.url_ = "http://" + server.process_->await_output("listening ");
  return server;
}

void InfluxServerProcess::await_ping() {
  HttpRequest ping;
  ping.url = url_ + "/ping";
  for (int i = 0; i < 3000 && process_->alive(); ++i) {
    if (http_->send(ping)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  missing_ = "influxd does not answer";
}

std::string InfluxServerProcess::post(const std::string& path, const std::string& body) {
  HttpRequest request;
  request.method = "POST";
  request.url = url_ + path;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = body;
  const auto response = http_->send(request);
  return response ? response->body : response.error().message;
}

std::string InfluxServerProcess::query(const std::string& influxql) {
  std::string encoded = "q=";
  for (const char c : influxql) encoded += c == ' ' ? '+' : c;
  return post("/query", encoded);
}

}  // namespace wx
