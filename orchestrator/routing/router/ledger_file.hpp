// The ledger's files: the one that is written, and the one before it, so that it does not grow for ever.
#pragma once

#include <string>

#include "orchestrator/routing/router/app_paths.hpp"

namespace wx {

// Move a ledger above 16 MiB to runs.log.1, in the place of the one before. Nobody is waited for: what cannot
// be done at once is left to the next activation. Lines that are being appended meanwhile are in either file.
void rotate_ledger(const AppPaths& paths);

// About the last `limit` bytes of the ledger, from the older file too where the newer one is short; the first
// line may be torn. Empty when there is none that can be read.
std::string read_newest_lines(const AppPaths& paths, std::size_t limit);

}  // namespace wx
