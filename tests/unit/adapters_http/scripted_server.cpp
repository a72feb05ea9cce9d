#include "tests/unit/adapters_http/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace wx {
namespace {

std::size_t announced_body(const std::string& head) {
  const std::string name = "Content-Length: ";
  const auto at = head.find(name);
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + name.size()));
}

std::string read_request(int connection) {
  std::string text;
  char buffer[4096];
  while (true) {
    const auto end = text.find("\r\n\r\n");
    if (end != std::string::npos && text.size() >= end + 4 + announced_body(text)) return text;
    const ssize_t got = recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

void send_all(int connection, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

// Until the other side closes: closing first with unread data would reset the connection.
void drain(int connection) {
  char buffer[4096];
  while (recv(connection, buffer, sizeof buffer, 0) > 0) {
  }
}

}  // namespace

ScriptedServer::ScriptedServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || bind(listener_, generic, length) != 0 || listen(listener_, 8) != 0 ||
      getsockname(listener_, generic, &length) != 0) {
    throw std::runtime_error("cannot listen on the loopback interface");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  shutdown(listener_, SHUT_RDWR);  // wakes accept()
  {
    const std::lock_guard lock(mutex_);
    if (connection_ >= 0) shutdown(connection_, SHUT_RDWR);  // wakes recv(): the client may keep it for later
  }
  thread_.join();
  close(listener_);
}

std::string ScriptedServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::size_t ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_.size();
}

std::string ScriptedServer::request(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return index < requests_.size() ? requests_[index] : std::string();
}

void ScriptedServer::hold(int connection) {
  const std::lock_guard lock(mutex_);
  connection_ = connection;
}

void ScriptedServer::serve() {
  for (const std::string& answer : answers_) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    hold(connection);
    std::string text = read_request(connection);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(text));
    }
    if (answer != silence) {
      send_all(connection, answer);
      shutdown(connection, SHUT_WR);
    }
    drain(connection);
    hold(-1);
    close(connection);
  }
}

}  // namespace wx
