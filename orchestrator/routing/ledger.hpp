// The ledger of runs (orchestrator/FORMATS.md, runs.log): lines in, runs out. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/ports/clock.hpp"
#include "orchestrator/routing/route.hpp"

namespace wx {

// One execution of the program in a slot.
struct Run {
  std::string id;
  WallTime at{};
  std::string slot;
  std::string role;
  std::string release;
  std::uint64_t generation = 0;
  std::string trigger;  // timer, catch-up, retry, manual
  bool counted = false;
  std::optional<std::uint64_t> block;
  std::optional<std::uint64_t> position;
  std::optional<std::string> mirror_of;
  bool fallback = false;
  bool degraded = false;  // routed without a readable route
  std::optional<std::string> rollout;
  std::optional<std::string> result;  // success failure timeout signal lost degraded; absent while it runs
  std::optional<int> exit_status;
  std::optional<WallTime> ended;
  std::optional<std::int64_t> duration_ms;
  std::optional<std::int64_t> memory_peak_bytes;
  std::optional<std::int64_t> cpu_ms;
  std::string invocation;
};

// A mirrored run that was left out because the one before it had not ended.
struct SkippedPair {
  WallTime at{};
  std::string slot;
  std::string mirror_of;
  std::string reason;
};

struct Ledger {
  std::vector<Run> runs;  // in the order of their begin lines
  std::vector<SkippedPair> skipped;
};

// Reads a ledger piece by piece, as it grows. One thread.
class LedgerReader {
 public:
  // The text that follows what was read before; it may be cut anywhere, a line that has no newline yet waits.
  // Torn, foreign and unreadable lines are skipped.
  void read(std::string_view text);
  // What is known so far. `in_progress(run)` answers whether a run without an end may still be going on; when
  // not, its result is "lost". `timeout_ms(run)` is the time-out that its unit had, to tell a time-out from
  // another SIGTERM.
  [[nodiscard]] Ledger ledger(const std::function<bool(const Run&)>& in_progress,
                              const std::function<std::int64_t(const Run&)>& timeout_ms) const;

 private:
  // What `exec` measured.
  struct Ran {
    int exit_status = 0;
    int signal = 0;
    bool timed_out = false;
  };
  // What is known of a run besides its own fields.
  struct Evidence {
    std::optional<Ran> ran;
    std::optional<std::int64_t> term_elapsed_ms;
  };
  void read_line(std::string_view line);
  static std::optional<std::string> result_from(const Evidence& evidence, std::int64_t timeout_ms);

  Ledger known_;
  std::vector<Evidence> evidence_;  // parallel to the runs
  std::unordered_map<std::string, std::size_t> by_id_;
  std::string unfinished_;
};

// The whole of a ledger at once.
Ledger read_ledger(std::string_view text, const std::function<bool(const Run&)>& in_progress,
                   const std::function<std::int64_t(const Run&)>& timeout_ms);

// success and degraded: the program did its work.
bool succeeded(std::string_view result);
bool succeeded(const Run& run);

}  // namespace wx
