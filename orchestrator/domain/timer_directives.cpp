#include "orchestrator/domain/timer_directives.hpp"

#include <algorithm>
#include <array>

#include "common/core/text.hpp"

namespace wx {

namespace {

struct Row {
  std::string_view name;
  TimerValue value;
};

constexpr std::array<Row, 15> rows{{
    {"OnCalendar", TimerValue::calendar},
    {"OnUnitActiveSec", TimerValue::repeated},
    {"OnUnitInactiveSec", TimerValue::repeated},
    {"OnActiveSec", TimerValue::once},
    {"OnBootSec", TimerValue::once},
    {"OnStartupSec", TimerValue::once},
    {"AccuracySec", TimerValue::span},
    {"RandomizedDelaySec", TimerValue::span},
    {"FixedRandomDelay", TimerValue::other},
    {"OnClockChange", TimerValue::other},
    {"OnTimezoneChange", TimerValue::other},
    {"Persistent", TimerValue::other},
    {"RemainAfterElapse", TimerValue::other},
    {"Unit", TimerValue::other},
    {"WakeSystem", TimerValue::other},
}};

bool says_when(std::string_view directive) {
  const TimerValue value = timer_value(directive);
  return value == TimerValue::calendar || value == TimerValue::repeated || value == TimerValue::once;
}

}  // namespace

TimerValue timer_value(std::string_view directive) {
  const auto* found =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == directive; });
  return found == rows.end() ? TimerValue::other : found->value;
}

const std::vector<std::string>& timer_directive_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const auto& row : rows) out.emplace_back(row.name);
    return out;
  }();
  return names;
}

std::vector<UnitDirective> timer_directives(const std::string& file, std::string_view text) {
  std::vector<UnitDirective> out;
  std::string section;
  std::string line;
  int number = 0;
  int first = 1;
  for (const auto& raw : split(text, '\n')) {
    ++number;
    const std::string_view part = trim(raw);
    if (line.empty()) first = number;
    const bool comment = part.starts_with('#') || part.starts_with(';');
    if (comment || (line.empty() && part.empty())) continue;
    line += part;
    if (line.ends_with('\\')) {
      line.back() = ' ';
      continue;
    }
    if (line.starts_with('[') && line.ends_with(']')) {
      section = line.substr(1, line.size() - 2);
    } else if (const std::size_t equals = line.find('='); equals != std::string::npos && section == "Timer") {
      out.push_back({section,
                     std::string(trim(std::string_view(line).substr(0, equals))),
                     std::string(trim(std::string_view(line).substr(equals + 1))),
                     {file, first, 1}});
    }
    line.clear();
  }
  return out;
}

std::vector<UnitDirective> times_of(const std::vector<UnitDirective>& directives) {
  std::vector<UnitDirective> out;
  for (const auto& directive : directives) {
    if (!says_when(directive.key)) continue;
    if (directive.value.empty())
      out.clear();
    else
      out.push_back(directive);
  }
  return out;
}

}  // namespace wx
