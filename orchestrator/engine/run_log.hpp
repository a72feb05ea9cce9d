// The ledger as the engine and the reading verbs see it: runs with their results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"
#include "orchestrator/routing/ledger.hpp"

namespace wx {

// Reads what was appended since the last look; cheap to ask often.
class RunLog {
 public:
  // `entry` is the entry unit, `timeout` the program's.
  RunLog(Ports& ports, const Layout& layout, std::string entry, Micros timeout,
         std::uint64_t newest_part = 16ull << 20);

  // All runs that the newest part of the ledger (so many bytes, of the file before too) tells of, and all since
  // the first look, oldest first.
  Result<Ledger> read();

 private:
  bool may_be_running(const Run& run);
  // 0 for a file that is not there.
  Result<std::uint64_t> size_of(const std::string& path);
  Status read_on(const std::string& path, std::uint64_t& offset);
  Status finish_older(std::uint64_t offset);
  Status begin();

  Ports& ports_;
  const Layout& layout_;
  std::string entry_;
  Micros timeout_;
  std::uint64_t newest_part_;
  LedgerReader reader_;
  std::optional<std::uint64_t> offset_;
};

// All runs that the ledger knows.
Result<std::vector<Run>> all_runs(Ports& ports, const Layout& layout, const std::string& entry, Micros timeout);
// When an older part of the ledger has been dropped, nothing is known of runs before this.
std::optional<WallTime> ledger_begins(Ports& ports, const Layout& layout, const std::vector<Run>& runs);

}  // namespace wx
