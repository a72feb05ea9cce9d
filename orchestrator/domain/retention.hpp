// Which backups may go and which must stay. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/ports/clock.hpp"

namespace wx {

struct Retention {
  std::size_t keep = 10;             // so many of the newest stay
  std::optional<Micros> older_than;  // and all that are not older than this
};

struct StoredBackup {
  std::string id;
  std::string release;
  WallTime made{};
};

// `newest_first` in that order; `needed` are the releases that a rollback may go to; `verified` is the newest
// backup whose files have their hashes. For each the reason why it stays; empty for one that goes.
std::vector<std::string> reasons_to_stay(const std::vector<StoredBackup>& newest_first,
                                         const Retention& retention, WallTime now,
                                         std::set<std::string> needed,
                                         const std::optional<std::string>& verified);

}  // namespace wx
