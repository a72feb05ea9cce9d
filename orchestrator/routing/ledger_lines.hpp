// The lines that router and exec append to the ledger (orchestrator/FORMATS.md, runs.log), each ended by a
// newline. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/routing/blocks.hpp"
#include "orchestrator/routing/ledger.hpp"

namespace wx {

// What `exec` measured of a run that has ended.
struct RanLine {
  std::string run;
  WallTime at{};
  int exit_status = 0;
  int signal = 0;
  bool timed_out = false;
  std::int64_t duration_ms = 0;
  std::int64_t memory_peak_bytes = 0;
  std::int64_t cpu_ms = 0;
  std::string invocation;
};

struct EndLine {
  std::string run;
  WallTime at{};
  std::string result;
  std::optional<int> exit_status;
  std::string invocation;
  std::int64_t duration_ms = 0;
};

// Of a run only what is known at its beginning is written.
std::string render_begin(const Run& run);
std::string render_ran(const RanLine& ran);
std::string render_term(std::string_view run, WallTime at, std::int64_t elapsed_ms);
std::string render_end(const EndLine& end);
std::string render_skip(const SkippedPair& skip);

// The `ran` line of a run within the text of a ledger; nothing when it has not ended or did not report.
std::optional<RanLine> find_ran(std::string_view ledger, std::string_view run);

// Whether there is a line of that kind about a run within the text of a ledger.
bool has_line(std::string_view ledger, std::string_view kind, std::string_view run);

// Where the next activation stands by the newest place that a run was announced for within the text of a
// ledger; unused when there is none.
BlockCursor find_cursor(std::string_view ledger);

}  // namespace wx
