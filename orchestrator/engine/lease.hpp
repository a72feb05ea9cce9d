// The dead-man's lease: while it is renewed the rollout is alive; when it has run out, the dead-man takes the
// rollout back.
#pragma once

#include <optional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

struct Lease {
  std::string rollout;
  std::string boot;
  Micros expires_monotonic{};
  WallTime expires_at{};
};

class Leases {
 public:
  Leases(Ports& ports, const Layout& layout) : ports_(ports), layout_(layout) {}

  Status renew(const std::string& rollout, Micros duration);
  // Nothing when no lease is out. A damaged one is of no rollout and has run out: the dead-man acts rather
  // than waits for what nobody can read.
  Result<std::optional<Lease>> read();
  Status end();
  // Within one boot by monotonic time, else by the wall clock.
  [[nodiscard]] bool expired(const Lease& lease);

 private:
  Ports& ports_;
  const Layout& layout_;
};

}  // namespace wx
