// The seam through which every effect on the host passes: one call that changes files or units is one effect.
// Whoever observes effects can count them, record them, refuse them, or die between any two of them.
#pragma once

#include <string>

#include "common/core/result.hpp"

namespace wx {

struct Effect {
  std::string kind;     // "file.rename", "systemd.start", …
  std::string subject;  // the path or unit that changes; "from -> to" where two are named

  bool operator==(const Effect&) const = default;
};

class EffectObserver {
 public:
  virtual ~EffectObserver() = default;
  // Called before the effect; an error is handed to the caller in the effect's stead, which is then not done.
  virtual Status before(const Effect& effect) {
    static_cast<void>(effect);
    return {};
  }
  // Called when the effect was tried, whether it succeeded or not.
  virtual void after(const Effect& effect) { static_cast<void>(effect); }
};

// `call` as one effect: not made when `observer` refuses it.
template <class Call>
auto observed(EffectObserver& observer, const Effect& effect, Call&& call) -> decltype(call()) {
  WX_TRY(observer.before(effect));
  auto outcome = call();
  observer.after(effect);
  return outcome;
}

}  // namespace wx
