#include "collector/domain/validate.hpp"

#include <optional>

#include "collector/domain/fields.hpp"
#include "common/core/instant.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;

// More than any honest clock is off, less than the hour between two observations.
constexpr auto clock_tolerance = 15min;
// The service serves 48 hours; a week leaves room for a longer window, not for another year.
constexpr auto oldest_age = 7 * 24h;

std::variant<WallTime, Reason> judge_time(const RawRecord& record, WallTime now) {
  const auto found = record.find("datetime");
  if (found == record.end() || std::holds_alternative<std::monostate>(found->second)) return Reason::no_time;
  const auto* text = std::get_if<std::string>(&found->second);
  if (text == nullptr) return Reason::bad_time;
  const auto time = parse_instant(*text);
  if (!time) return Reason::bad_time;
  if (*time > now + clock_tolerance) return Reason::future_time;
  if (*time < now - oldest_age) return Reason::too_old;
  return *time;
}

std::map<std::string, FieldValue> judge_fields(const RawRecord& record, bool ranges, Rejections& rejected) {
  std::map<std::string, FieldValue> fields;
  for (const auto& rule : field_rules()) {
    const auto found = record.find(std::string(rule.source));
    if (found == record.end()) continue;
    auto judged = judge_field(rule, found->second, ranges);
    if (auto* value = std::get_if<FieldValue>(&judged)) fields.emplace(rule.stored, std::move(*value));
    if (const auto* reason = std::get_if<Reason>(&judged)) ++rejected[*reason];
  }
  return fields;
}

}  // namespace

Validated validate(const std::vector<RawRecord>& records, WallTime now, bool ranges) {
  Validated result;
  std::map<WallTime, std::map<std::string, FieldValue>> by_time;
  for (const auto& record : records) {
    const auto time = judge_time(record, now);
    if (const auto* reason = std::get_if<Reason>(&time)) {
      ++result.rejected[*reason];
      continue;
    }
    auto fields = judge_fields(record, ranges, result.rejected);
    if (fields.empty()) {
      ++result.rejected[Reason::no_fields];
      continue;
    }
    auto [entry, fresh] = by_time.try_emplace(std::get<WallTime>(time));
    if (!fresh) ++result.rejected[Reason::duplicate];
    for (auto& [name, value] : fields) entry->second.insert_or_assign(name, std::move(value));
  }
  result.observations.reserve(by_time.size());
  for (auto& [time, fields] : by_time) result.observations.push_back({time, std::move(fields)});
  return result;
}

}  // namespace wx::collector
