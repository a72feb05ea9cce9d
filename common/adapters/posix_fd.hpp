// Descriptors that close themselves, and errno in our words: what the POSIX adapters share. Thread-safe.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "common/core/result.hpp"

namespace wx {

// Owns one file descriptor, or none (-1).
class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.number_, -1));
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  explicit operator bool() const { return number_ >= 0; }
  // Closes what it owned; errno is left as it was.
  void reset(int number = -1);

 private:
  int number_ = -1;
};

// Call again while a signal interrupts it.
template <class Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

// "cannot <verb> <what>: <strerror>" with the code and the remedy that belong to `number`.
Error errno_error(int number, std::string_view verb, const std::string& what);

// All of `content`, whatever the kernel takes at a time; 0, or errno.
int write_fully(int fd, std::string_view content);

}  // namespace wx
