// Where the activations of an app stand in their block: STATE/blocks.json, and what ledger and tickets know
// of the place that was taken last.
#pragma once

#include <optional>

#include "orchestrator/routing/decide.hpp"
#include "orchestrator/routing/router/app_paths.hpp"

namespace wx {

class Places {
 public:
  Places() = default;  // nothing is drawn
  explicit Places(const AppPaths& paths);

  // What decide() goes by. A place whose run never began, because its router was killed before, is free
  // again.
  [[nodiscard]] const BlockCursor& cursor() const { return cursor_; }
  // To be stored before a run begins in `slot` that takes no place, if anything is: its ticket is about to
  // replace the only evidence that the place taken last is free.
  [[nodiscard]] std::optional<BlockCursor> kept_for(Slot slot) const;

  // Durable. Without a state directory `unavailable`.
  static Status store(const AppPaths& paths, const BlockCursor& cursor);

 private:
  BlockCursor cursor_;
  std::optional<Slot> waiting_ticket_;
};

}  // namespace wx
