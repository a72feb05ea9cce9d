// Observers of effects: record them, or let something go wrong at one of them. Effects are numbered from 0.
#pragma once

#include <cstddef>
#include <ostream>
#include <utility>
#include <vector>

#include "common/core/effect.hpp"

namespace wx {

// For GoogleTest's messages.
inline void PrintTo(const Effect& effect, std::ostream* out) {
  *out << effect.kind << " " << effect.subject;
}

namespace testkit {

// Records every effect that was tried, and asks `next` (which may be null and must outlive it) for its
// opinion.
class EffectLog final : public EffectObserver {
 public:
  explicit EffectLog(EffectObserver* next = nullptr) : next_(next) {}

  [[nodiscard]] const std::vector<Effect>& effects() const { return effects_; }
  void clear() { effects_.clear(); }

  Status before(const Effect& effect) override {
    effects_.push_back(effect);
    return next_ == nullptr ? Status{} : next_->before(effect);
  }
  void after(const Effect& effect) override {
    if (next_ != nullptr) next_->after(effect);
  }

 private:
  EffectObserver* next_;
  std::vector<Effect> effects_;
};

// What is thrown in the place of a SIGKILL: nothing of the program may catch it.
struct Killed {};

enum class Moment { before, after };

// The process dies right before or right after effect number `number`. The dead have no effects: whatever
// destructors still try dies too.
class DieAt final : public EffectObserver {
 public:
  DieAt(std::size_t number, Moment moment) : number_(number), moment_(moment) {}

  [[nodiscard]] bool dead() const { return dead_; }

  Status before(const Effect&) override {
    if (dead_ || (count_ == number_ && moment_ == Moment::before)) die();
    return {};
  }
  void after(const Effect&) override {
    if (count_++ == number_) die();
  }

 private:
  [[noreturn]] void die() {
    dead_ = true;
    throw Killed{};
  }

  std::size_t number_;
  Moment moment_;
  std::size_t count_ = 0;
  bool dead_ = false;
};

// Effect number `number`, and no other, is not done and fails with `error`.
class FailAt final : public EffectObserver {
 public:
  FailAt(std::size_t number, Error error) : number_(number), error_(std::move(error)) {}

  // False when the program ended before it came so far.
  [[nodiscard]] bool failed() const { return count_ > number_; }

  Status before(const Effect&) override { return count_++ == number_ ? Status{error_} : Status{}; }

 private:
  std::size_t number_;
  Error error_;
  std::size_t count_ = 0;
};

}  // namespace testkit
}  // namespace wx
