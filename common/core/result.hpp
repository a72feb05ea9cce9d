// Errors are values: Result<T> holds a T or an Error, Status holds nothing or an Error.
// Ignoring one does not compile without a warning; libraries that throw are fenced off in adapters.
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

#include "common/core/exit.hpp"

namespace wx {

// Why something could not be done; each code belongs to one row of the exit table.
enum class Code {
  failed,       // tried, did not work, nothing left behind
  impossible,   // there is nothing to act on (no predecessor, nothing in progress)
  refused,      // looked at and refused for good: the same is refused again
  invalid,      // the person's input is wrong
  not_found,    // a named thing does not exist
  undecided,    // not enough evidence, or a person must decide
  inconclusive, // what should decide could not be measured
  unavailable,  // manager, store, network: not there
  permission,   // not allowed
  no_space,     // disk or quota full
  timeout,      // did not answer in time
  busy,         // held by somebody else
  person,       // automatic recovery is at its end
  bug,          // a broken invariant of our own
  interrupted,  // a signal or a take-over
};

constexpr ExitStatus exit_status(Code code) {
  switch (code) {
    case Code::failed:
    case Code::impossible:
    case Code::refused: return ExitStatus::failed;
    case Code::invalid:
    case Code::not_found: return ExitStatus::bad_input;
    case Code::undecided:
    case Code::inconclusive: return ExitStatus::undecided;
    case Code::unavailable:
    case Code::permission:
    case Code::no_space:
    case Code::timeout: return ExitStatus::environment;
    case Code::busy: return ExitStatus::busy;
    case Code::person: return ExitStatus::person_needed;
    case Code::bug: return ExitStatus::bug;
    case Code::interrupted: return ExitStatus::interrupted;
  }
  return ExitStatus::bug;
}

// What failed and why (message), and what to do about it (remedy; may be empty).
struct Error {
  Code code = Code::failed;
  std::string message;
  std::string remedy = {};

  // The same error, told from one level further out: "<context>: <message>".
  [[nodiscard]] Error with_context(const std::string& context) && {
    message = context + ": " + message;
    return std::move(*this);
  }
  [[nodiscard]] Error with_remedy(std::string text) && {
    remedy = std::move(text);
    return std::move(*this);
  }
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Error error) : content_(std::move(error)) {}     // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return content_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Calling value() on an error is a bug: the program aborts rather than run on undefined data.
  T& value() & { return require(), std::get<0>(content_); }
  const T& value() const& { return require(), std::get<0>(content_); }
  // By value: a reference would dangle in `for (auto& x : f().value())`.
  T value() && { return require(), std::get<0>(std::move(content_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? std::get<0>(content_) : static_cast<T>(std::forward<U>(other));
  }

  Error& error() & { return std::get<1>(content_); }
  const Error& error() const& { return std::get<1>(content_); }
  Error error() && { return std::get<1>(std::move(content_)); }

 private:
  void require() const {
    if (!has_value()) std::abort();
  }
  std::variant<T, Error> content_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : content_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return content_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  Error& error() & { return std::get<1>(content_); }
  const Error& error() const& { return std::get<1>(content_); }
  Error error() && { return std::get<1>(std::move(content_)); }

 private:
  std::variant<std::monostate, Error> content_;
};

}  // namespace wx

#define WX_CONCAT_(a, b) a##b
#define WX_CONCAT(a, b) WX_CONCAT_(a, b)

// Return the error of `expr` (a Status or a Result) from the enclosing function, if it is one.
#define WX_TRY(expr)                                                      \
  do {                                                                    \
    if (auto wx_status_ = (expr); !wx_status_) return std::move(wx_status_).error(); \
  } while (false)

// `WX_LET(auto x, call())`: declare x with the value of the Result, or return its error.
#define WX_LET(decl, expr) WX_LET_(WX_CONCAT(wx_result_, __LINE__), decl, expr)
#define WX_LET_(tmp, decl, expr)                   \
  auto tmp = (expr);                               \
  if (!tmp) return std::move(tmp).error();         \
  decl = std::move(tmp).value()
