#include "orchestrator/domain/log_digest.hpp"

#include <algorithm>
#include <tuple>

namespace wx {

namespace {

constexpr Micros bin{3600LL * 1'000'000};

std::size_t index(Slot slot) {
  return slot == Slot::blue ? 0 : 1;
}

}  // namespace

void LogDigest::add(Slot slot, WallTime at, int priority, const std::string& message) {
  const LogSeverity severity = severity_of(priority, message);
  ++lines_[index(slot)];
  if (severity == LogSeverity::error) {
    ++errors_[index(slot)];
    ++by_hour_[WallTime{at.time_since_epoch() / bin * bin}][index(slot)];
  }
  std::string pattern = pattern_of(message);
  auto known = patterns_.find(pattern);
  if (known == patterns_.end()) {
    if (patterns_.size() == most_patterns) {
      ++untold_;
      return;
    }
    known = patterns_.emplace(pattern, LogPattern{pattern, severity, {}, at, at, message, false}).first;
  }
  LogPattern& found = known->second;
  ++found.lines[index(slot)];
  found.severity = std::min(found.severity, severity);
  found.first = std::min(found.first, at);
  found.last = std::max(found.last, at);
}

std::vector<LogPattern> LogDigest::patterns(Slot subject) const {
  std::vector<LogPattern> out;
  out.reserve(patterns_.size());
  for (const auto& entry : patterns_) {
    out.push_back(entry.second);
    const PerSlot& lines = entry.second.lines;
    const std::size_t peer = 1 - index(subject);
    out.back().is_new = lines_[peer] > 0 && lines[index(subject)] > 0 && lines[peer] == 0;
  }
  const auto rank = [](const LogPattern& pattern) {
    return std::tuple(!pattern.is_new, pattern.severity, ~(pattern.lines[0] + pattern.lines[1]));
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const LogPattern& a, const LogPattern& b) { return rank(a) < rank(b); });
  return out;
}

}  // namespace wx
