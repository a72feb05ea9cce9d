// The lock that an activation shares until its run has pinned a generation, and that a switch takes for
// itself.
#pragma once

#include "orchestrator/routing/router/app_paths.hpp"
#include "orchestrator/routing/router/posix.hpp"
#include "orchestrator/routing/router/signals.hpp"

namespace wx {

struct Hold {
  Fd lock;               // empty when it could not be had: the activation goes on without
  bool stopped = false;  // a signal came first; it is still in the inbox
  bool waited = false;   // somebody else had it: what was known before may be out of date
};

// Waits while a switch or a backup has the lock, at most `bound`; says a warning when it goes on without.
Hold share_hold(const AppPaths& paths, Micros bound, const SignalInbox& inbox);

// A shared lock on the route of a generation: while it is open, the generation is not deleted.
// `not_found` when the generation is gone, `busy` when it is just being deleted.
Result<Fd> pin_generation(const AppPaths& paths, std::uint64_t generation);

}  // namespace wx
