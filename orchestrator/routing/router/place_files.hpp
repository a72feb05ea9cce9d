// The files that tell which place of a block is next.
#pragma once

#include "orchestrator/routing/places.hpp"
#include "orchestrator/routing/router/app_paths.hpp"

namespace wx {

Standing read_standing(const AppPaths& paths);

// Durable. `unavailable` without a state directory.
Status store_cursor(const AppPaths& paths, const BlockCursor& cursor);

}  // namespace wx
