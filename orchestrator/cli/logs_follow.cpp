#include "orchestrator/cli/logs_follow.hpp"

#include <algorithm>
#include <cstdio>

#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/signals.hpp"
#include "orchestrator/domain/log_pattern.hpp"
#include "orchestrator/engine/json_values.hpp"

namespace wx {

namespace {

constexpr Micros between_looks{500'000};
constexpr std::size_t lines_of_a_look = 10'000;  // of one look
constexpr std::size_t lines_before = 10;

struct Line {
  std::string from;  // blue, green or entry
  JournalEntry entry;
};

// One unit's lines, each once.
class Tail {
 public:
  Tail(const World& world, std::string from, std::string unit, WallTime since)
      : world_(world), from_(std::move(from)), since_(since) {
    query_.units = {std::move(unit)};
    query_.limit = lines_of_a_look;
  }

  // What has come since the last look.
  Status read(std::vector<Line>& lines) {
    query_.since = since_;
    WX_LET(const auto entries, world_.ports.journal.entries(query_));
    // Several may be of the moment at which the last look ended.
    std::size_t known = seen_at_since_;
    for (const auto& entry : entries) {
      if (entry.at == since_ && known > 0) {
        --known;
        continue;
      }
      if (entry.at != since_) seen_at_since_ = 0;
      since_ = entry.at;
      ++seen_at_since_;
      lines.push_back({from_, entry});
    }
    return {};
  }

 private:
  const World& world_;
  std::string from_;
  JournalQuery query_;
  WallTime since_;
  std::size_t seen_at_since_ = 0;
};

std::string as_json(const Line& line) {
  return dump_line({{"at", format_instant(line.entry.at, true)},
                    {"from", line.from},
                    {"severity", to_string(severity_of(line.entry.priority, line.entry.message))},
                    {"identifier", line.entry.identifier},
                    {"message", line.entry.message}});
}

std::string as_text(const World& world, const Line& line) {
  const LogSeverity severity = severity_of(line.entry.priority, line.entry.message);
  const Tone tone = severity == LogSeverity::error     ? Tone::bad
                    : severity == LogSeverity::warning ? Tone::warn
                                                       : Tone::plain;
  return format_instant(line.entry.at, true) + "  " + line.from + std::string(7 - line.from.size(), ' ') +
         toned(world, tone, printable(line.entry.message, 4096));
}

}  // namespace

Result<int> follow_logs(const World& world, const Installed& installed, std::optional<WallTime> since) {
  const std::string& service = installed.manifest->service;
  const WallTime begin = since.value_or(world.ports.clock.now() - std::chrono::hours(24));
  std::vector<Tail> tails;
  tails.emplace_back(world, "entry", service, begin);
  for (const Slot slot : {Slot::blue, Slot::green})
    tails.emplace_back(world, std::string(to_string(slot)), instance_name(service, to_string(slot)), begin);
  const SignalsHeld signals;
  bool first = true;
  while (true) {
    std::vector<Line> lines;
    for (auto& tail : tails) WX_TRY(tail.read(lines));
    std::stable_sort(lines.begin(), lines.end(),
                     [](const Line& a, const Line& b) { return a.entry.at < b.entry.at; });
    if (first && !since && lines.size() > lines_before)
      lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(lines_before));
    first = false;
    for (const auto& line : lines) print_line(world.options.json ? as_json(line) : as_text(world, line));
    std::fflush(stdout);
    if (std::ferror(stdout) != 0) return to_int(ExitStatus::environment);  // nobody reads it any more
    if (signals.came(between_looks)) return to_int(ExitStatus::interrupted);
  }
}

}  // namespace wx
